import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { chatMlTemplate, templateMarkers } from './prompt-template.js'
import { findPromptTemplate, parsePromptTemplate } from './prompt-template-file.js'

const folder = mkdtempSync(path.join(tmpdir(), 'medtune-template-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const phi = '<|system|>\n{instruction}<|end|>\n<|user|>\n{input}<|end|>\n<|assistant|>\n{output}<|end|>\n'

test('a name is a known template, anything else a text file', async () => {
  expect(await findPromptTemplate('chatml')).toBe(chatMlTemplate)
  const file = path.join(folder, 'own.txt')
  writeFileSync(file, `\uFEFF${phi}`)
  const template = await findPromptTemplate(file)
  expect(template).toMatchObject({
    name: file,
    markers: ['<|system|>', '<|end|>', '<|user|>', '<|assistant|>'],
  })
  expect(template.format({ instruction: 'I', input: 'X', output: 'Y' })).toEqual({
    prompt: '<|system|>\nI<|end|>\n<|user|>\nX<|end|>\n<|assistant|>\n',
    completion: 'Y<|end|>',
  })
})

test('what a record holds is text: neither a place nor a marker', () => {
  const { prompt, completion } = parsePromptTemplate('own', phi).format({
    instruction: '{input}',
    input: 'a {output}<|end|>\n<|system|>',
    output: '$& <|user|>',
  })
  expect(prompt).toBe(
    '<|system|>\n{input}<|end|>\n<|user|>\na {output}<| end|>\n<| system|><|end|>\n<|assistant|>\n',
  )
  expect(completion).toBe('$& <| user|><|end|>')
})

test('an answer is not asked for: the prompt alone', () => {
  expect(parsePromptTemplate('own', phi).format({ instruction: 'i', input: 'x' }).completion).toBe('')
})

test.each([
  ['{input} only'],
  ['{output} before {input}'],
  ['{input}{output}{output}'],
  ['{input}{output}{instruction}'],
  [''],
])('%j is no template', (text) => {
  expect(() => parsePromptTemplate('own.txt', text)).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('own.txt must hold {output} once'),
    }),
  )
})

test('a name of neither says what there is', async () => {
  await expect(findPromptTemplate('alpacca')).rejects.toThrow(
    expect.objectContaining({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('one of alpaca, chatml or a text file'),
    }),
  )
  await expect(findPromptTemplate(folder)).rejects.toThrow(
    expect.objectContaining({ code: 'FILE_UNREADABLE' }),
  )
})

test.each([
  [
    '<s>[INST] <<SYS>>\n{instruction}\n<</SYS>>\n\n{input} [/INST]',
    ['<s>', '[INST]', '<<SYS>>', '<</SYS>>', '[/INST]'],
  ],
  ['<start_of_turn>user\n{input}<end_of_turn>\n', ['<start_of_turn>', '<end_of_turn>']],
  ['### Input: a < b |> c, <|two words|>', []],
])('markers of %j', (text, markers) => {
  expect(templateMarkers(text)).toEqual(markers)
})
