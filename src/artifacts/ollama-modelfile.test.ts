import { expect, test } from 'vitest'
import { chatMlTemplate, medicalAlpacaTemplate } from '../tokenizers/prompt-template.js'
import { ollamaModelfile, ollamaTemplateOf, ollamaTemplateOfChat } from './ollama-modelfile.js'

test('template and stops are those of training', () => {
  const fields = { instruction: '{{ .System }}', input: '{{ .Prompt }}' }
  for (const [template, stop] of [
    [medicalAlpacaTemplate, '### Instruction:'],
    [chatMlTemplate, '<|im_end|>'],
  ] as const) {
    const text = ollamaModelfile('model.gguf', ollamaTemplateOf(template), { eos: '</s>', system: 'Answer.' })
    expect(text).toContain(`TEMPLATE """${template.format(fields).prompt}{{ .Response }}`)
    expect(text).toContain('FROM ./model.gguf\n')
    expect(text).toContain('SYSTEM """Answer."""\n')
    expect(text).toContain(`PARAMETER stop ${JSON.stringify(stop)}\n`)
    expect(text).toContain('PARAMETER stop "</s>"\n')
  }
})

test.each([
  ['{{ "<|start_header_id|>" }}', '<|eot_id|>'],
  ["{{ '<|im_start|>' }}", '<|im_end|>'],
  ["{{ '<start_of_turn>' }}", '<end_of_turn>'],
  ["{{ '<|assistant|>' }}", '<|end|>'],
  ["{{ '[INST]' }}", '[INST]'],
])('a chat template with %s is known by its marker', (chatTemplate, stop) => {
  expect(ollamaTemplateOfChat(chatTemplate).stops).toContain(stop)
})

test('a chat template of unknown form is refused, as are quotes that end the text', () => {
  expect(() => ollamaTemplateOfChat(undefined)).toThrow(/has none/)
  expect(() => ollamaTemplateOfChat('{{ messages }}')).toThrow(/holds none/)
  const template = ollamaTemplateOf(medicalAlpacaTemplate)
  expect(() => ollamaModelfile('m', template, { system: '"""' })).toThrow(/INVALID|must not/)
})
