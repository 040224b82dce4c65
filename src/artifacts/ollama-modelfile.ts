import { MedtuneError } from '../errors.js'
import type { PromptTemplate } from '../tokenizers/prompt-template.js'

/** How Ollama writes a prompt (its TEMPLATE) and where it stops. */
interface OllamaTemplate {
  readonly template: string
  readonly stops: readonly string[]
}

/** What begins a turn of the user in the texts of each prompt template: a model that goes on there must be stopped. */
const nextTurns: Readonly<Record<string, readonly string[]>> = {
  alpaca: ['### Instruction:', '### Input:'],
  chatml: ['<|im_end|>', '<|im_start|>'],
}

/** The prompt template that a model was trained with, its fields replaced by Ollama's: instruction is the system message. */
export function ollamaTemplateOf(template: PromptTemplate): OllamaTemplate {
  const { prompt, completion } = template.format({
    instruction: '{{ .System }}',
    input: '{{ .Prompt }}',
    output: '{{ .Response }}',
  })
  return { template: prompt + completion, stops: nextTurns[template.name] ?? [] }
}

/** Chat formats by the token that marks them in a chat template. */
const chatFormats: readonly (OllamaTemplate & { readonly marker: string })[] = [
  {
    marker: '<|start_header_id|>',
    template:
      '{{ if .System }}<|start_header_id|>system<|end_header_id|>\n\n{{ .System }}<|eot_id|>{{ end }}' +
      '<|start_header_id|>user<|end_header_id|>\n\n{{ .Prompt }}<|eot_id|>' +
      '<|start_header_id|>assistant<|end_header_id|>\n\n{{ .Response }}<|eot_id|>',
    stops: ['<|eot_id|>', '<|start_header_id|>'],
  },
  {
    marker: '<|im_start|>',
    template:
      '{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n{{ end }}<|im_start|>user\n{{ .Prompt }}<|im_end|>\n' +
      '<|im_start|>assistant\n{{ .Response }}<|im_end|>\n',
    stops: ['<|im_end|>', '<|im_start|>'],
  },
  {
    marker: '<start_of_turn>',
    template:
      '<start_of_turn>user\n{{ if .System }}{{ .System }}\n\n{{ end }}{{ .Prompt }}<end_of_turn>\n' +
      '<start_of_turn>model\n{{ .Response }}<end_of_turn>\n',
    stops: ['<end_of_turn>', '<start_of_turn>'],
  },
  {
    marker: '<|assistant|>',
    template:
      '{{ if .System }}<|system|>\n{{ .System }}<|end|>\n{{ end }}<|user|>\n{{ .Prompt }}<|end|>\n' +
      '<|assistant|>\n{{ .Response }}<|end|>\n',
    stops: ['<|end|>', '<|user|>'],
  },
  {
    marker: '[INST]',
    template: '[INST] {{ if .System }}{{ .System }}\n\n{{ end }}{{ .Prompt }}[/INST] {{ .Response }}',
    stops: ['[INST]'],
  },
]

/** The format of a model's own chat template. @throws UNSUPPORTED_MODEL when it has none, or none that is known */
export function ollamaTemplateOfChat(chatTemplate: string | undefined): OllamaTemplate {
  const format = chatFormats.find(({ marker }) => chatTemplate?.includes(marker))
  if (format !== undefined) return format
  const known = chatFormats.map(({ marker }) => marker).join(', ')
  throw new MedtuneError(
    'UNSUPPORTED_MODEL',
    `The chat template must hold one of ${known} to be written for Ollama; ${chatTemplate === undefined ? 'the model has none' : 'it holds none'}. ` +
      'Name the prompt template that the model was trained with.',
  )
}

/** A Modelfile. @param from the GGUF file, relative to it @param eos the text of the token that ends an answer */
export function ollamaModelfile(
  from: string,
  { template, stops }: OllamaTemplate,
  { eos, system }: { readonly eos?: string | undefined; readonly system?: string | undefined },
): string {
  const allStops = [...new Set([...stops, ...(eos === undefined ? [] : [eos])])]
  if (system?.includes('"""')) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'The system message must not hold """; it does. Use other quotes.',
    )
  }
  return [
    `FROM ./${from}`,
    `TEMPLATE """${template}"""`,
    ...(system === undefined ? [] : [`SYSTEM """${system}"""`]),
    ...allStops.map((stop) => `PARAMETER stop ${JSON.stringify(stop)}`),
    '',
  ].join('\n')
}
