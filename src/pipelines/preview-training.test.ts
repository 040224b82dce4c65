import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../datasets/datasets.fixture.js'
import { useBackend } from '../tensors/backend.js'
import { parsePromptTemplate } from '../tokenizers/prompt-template-file.js'
import { defaultModelDirectory } from './default-model.js'
import { finetune } from './finetune.js'
import { type PreviewOptions, type PreviewRow, previewTraining } from './preview-training.js'

const root = temporaryFolder()
const columns = {
  instruction: ['Answer.', 'Answer.', 'Answer.'],
  input: ['Did pain fall?', 'Did the dose matter in the second trial?', 'Why?'],
  output: ['Pain fell.', 'No.', 'Nobody knows.'],
}
const dataset = path.join(root, 'rows.json')
writeFileSync(dataset, JSON.stringify(columns))

const preview = (options: Partial<PreviewOptions> = {}) =>
  previewTraining({ model: defaultModelDirectory, dataset, rows: 1, ...options })

const read = (row: PreviewRow | undefined, learned: boolean): string =>
  (row?.tokens ?? [])
    .map((token) => (token.learned === learned ? token.text : '|'))
    .join('')
    .replace(/\|+/g, '|')

/** The tiny model with another tokenizer configuration, and its embedding changed where asked for. */
function modelWith(config: object, files: readonly string[] = ['config.json', 'tokenizer.json']): string {
  const folder = mkdtempSync(path.join(root, 'model-'))
  for (const name of files) cpSync(path.join(defaultModelDirectory, name), path.join(folder, name))
  const own = JSON.parse(readFileSync(path.join(defaultModelDirectory, 'tokenizer_config.json'), 'utf8'))
  writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify({ ...own, ...config }))
  return folder
}

test('the documented run learns the whole text but its first token', async () => {
  const { rows, rowCount, notes } = await preview({ rows: 2 })
  expect([rows.length, rowCount, notes]).toEqual([2, 3, []])
  expect(read(rows[0], false)).toBe('<s>|')
  expect(read(rows[0], true)).toMatch(/^\|Below·is.*###·Response:↵Pain·fell\.<\/s>$/)
  expect(rows.map(({ notes: own }) => own)).toEqual([[], []])
  expect(rows[0]?.labels).toBe((rows[0]?.tokens.length ?? 0) - 1)
})

test('completion only: the answer and its end', async () => {
  const { rows } = await preview({ args: { completionOnlyLoss: true } })
  expect(read(rows[0], true)).toBe('|Pain·fell.</s>')
})

test('assistant only: what the chat template has the assistant say', async () => {
  const model = modelWith({
    chat_template:
      "{% for m in messages %}[{{ m['role'] }}]\n{{ m['content'] }}</s>{% endfor %}{% if add_generation_prompt %}[assistant]\n{% endif %}",
  })
  const { rows, notes } = await preview({ model, args: { assistantOnlyLoss: true } })
  expect(read(rows[0], true)).toBe('|Pain·fell.</s>')
  expect(read(rows[0], false)).toBe('<s>[system]↵Answer.</s>[user]↵Did·pain·fall?</s>[assistant]↵|')
  expect(notes).toEqual([expect.stringContaining('The weights are not here')])
})

test('packing: all rows are placed, each part begins anew', async () => {
  const { rows, rowCount, notes } = await preview({ args: { packing: true, completionOnlyLoss: true } })
  expect([rows.length, rowCount]).toEqual([1, 1])
  expect(rows[0]?.parts).toHaveLength(3)
  expect(rows[0]?.parts.reduce((sum, length) => sum + length, 0)).toBe(rows[0]?.tokens.length)
  expect(
    read(rows[0], true)
      .split('|')
      .filter((text) => text !== '')
      .sort(),
  ).toEqual(['No.</s>', 'Nobody·knows.</s>', 'Pain·fell.</s>'])
  expect(rows[0]?.notes).toEqual([])
  expect(notes).toEqual(['3 rows are packed into 1; each sees itself only.'])
  const short = await preview({ args: { packing: true, maxLength: 40 } })
  expect([short.rowCount, short.notes[1]]).toEqual([
    3,
    expect.stringMatching(/^3 of 3 rows are longer than 40/),
  ])
})

test('an own template, and what of it is no token', async () => {
  const template = parsePromptTemplate('own', '<|user|>{input}<|end|>{output}</s>')
  const { rows, notes } = await preview({ template, args: { completionOnlyLoss: true } })
  expect(read(rows[0], true)).toBe('|Pain·fell.</s>')
  expect(notes).toEqual([expect.stringMatching(/<\|user\|>, <\|end\|> are no tokens of this model/)])
})

test('special tokens that the base model never trained are told, before a run and in it', async () => {
  const model = modelWith({}, ['config.json', 'tokenizer.json', 'model.safetensors'])
  const file = path.join(model, 'model.safetensors')
  const bytes = readFileSync(file)
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString())
  const { shape, data_offsets } = header['model.embed_tokens.weight']
  const rowBytes = (data_offsets[1] - data_offsets[0]) / shape[0]
  // The row of </s>, id 1.
  const begin = 8 + Number(bytes.readBigUInt64LE()) + data_offsets[0] + rowBytes
  writeFileSync(file, bytes.fill(0, begin, begin + rowBytes))
  const untrained = expect.stringMatching(/^The rows hold <\/s>, which the base model never trained/)
  expect((await preview({ model })).notes).toEqual([untrained])
  await useBackend('wasm')
  const { warnings } = await finetune({
    ...{ model, dataset, outputDir: path.join(root, 'adapter') },
    args: { maxSteps: 1, maxLength: 128, perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 1 },
  })
  expect(warnings).toContainEqual(untrained)
})

test('what is worth a look is said: cut rows, no end, nothing to learn', async () => {
  const cut = await preview({ args: { maxLength: 20, completionOnlyLoss: true } })
  expect(cut.rows[0]?.notes).toEqual([
    expect.stringMatching(/^cut: \d+ tokens at its end are lost/),
    expect.stringMatching(/^has no token to learn/),
  ])
  const endless = await preview({ args: { appendEos: false } })
  expect(endless.rows[0]?.notes).toEqual([expect.stringMatching(/^does not end with EOS/)])
})

test('errors are those of a run, without a word of the rows', async () => {
  await expect(preview({ args: { assistantOnlyLoss: true } })).rejects.toThrow(/must have a chat template/)
  await expect(preview({ dataset: path.join(root, 'nowhere.json') })).rejects.toThrow(/dataset not found/)
  const refusing = modelWith({ chat_template: "{{ raise_exception('no: ' ~ messages[0]['content']) }}" })
  const refused = preview({ model: refusing, args: { assistantOnlyLoss: true } })
  await expect(refused).rejects.toThrow(/refuses the roles system, user, assistant/)
  await expect(refused).rejects.not.toThrow(/Answer/)
})
