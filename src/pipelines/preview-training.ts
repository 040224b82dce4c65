import { loadFormattedDataset } from '../datasets/load-formatted-dataset.js'
import { MedtuneError } from '../errors.js'
import { type ResolveModelOptions, resolveModelFolder } from '../hub/resolve-model-folder.js'
import { readConfigFile } from '../models/model-folder.js'
import type { SafetensorsFile } from '../tensors/safetensors.js'
import { openCheckpoint } from '../tensors/safetensors-checkpoint.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { medicalAlpacaTemplate, type PromptTemplate } from '../tokenizers/prompt-template.js'
import { readableToken } from '../tokenizers/readable-token.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { packExamples } from '../training/pack-examples.js'
import { embeddingRowsIn, missingMarkerNotes, untrainedTokenNotes } from '../training/token-notes.js'
import { encodeTrainingRow } from '../training/tokenize-rows.js'
import { ignoredLabel, labelCount, type TokenizedExample } from '../training/tokenized-example.js'
import { resolveTrainingArguments, type TrainingArguments } from '../training/training-arguments.js'
import type { TrainingRow } from '../training/training-row.js'
import { toTrainingRow } from './training-rows.js'

export interface PreviewOptions {
  /** Folder of the base model, or its repository on the hub. */
  readonly model: string
  readonly hub?: Omit<ResolveModelOptions, 'parts' | 'signal'>
  /** Of any layout that `prepareDataset` writes. */
  readonly dataset: string
  /** How many rows, from the first. Default 3. */
  readonly rows?: number
  readonly template?: PromptTemplate
  readonly args?: Partial<Omit<TrainingArguments, 'outputDir'>>
  readonly signal?: AbortSignal
}

export interface PreviewToken {
  readonly id: number
  /** As a reader sees it: blanks and line ends made visible. */
  readonly text: string
  /** Whether a loss is taken for predicting it. */
  readonly learned: boolean
}

export interface PreviewRow {
  /** From 1. */
  readonly row: number
  readonly tokens: readonly PreviewToken[]
  /** Lengths of the rows that a packed row joins; one where rows are not packed. */
  readonly parts: readonly number[]
  readonly labels: number
  /** What is worth a look: cut ends, missing or doubled special tokens, nothing to learn. */
  readonly notes: readonly string[]
}

export interface TrainingPreview {
  readonly rows: readonly PreviewRow[]
  /** Rows that the trainer is given: packed ones with `packing`. */
  readonly rowCount: number
  /** About the model and the template. */
  readonly notes: readonly string[]
}

/**
 * The first rows of a training file as the trainer would give them to the model, with the tokens that carry loss. No
 * weights are downloaded or loaded; of a model with 16- or 32-bit weights the embedding is read, to tell untrained tokens.
 *
 * @throws as `finetune` does for its data, tokenizer and arguments
 */
export async function previewTraining(options: PreviewOptions): Promise<TrainingPreview> {
  const { template = medicalAlpacaTemplate, rows = 3, signal } = options
  const given = resolveTrainingArguments(options.args)
  const dataset = await loadFormattedDataset(options.dataset, signal === undefined ? {} : { signal })
  const folder = await resolveModelFolder(options.model, { ...options.hub, signal, parts: 'tokenizer' })
  const { config } = await readConfigFile(folder)
  const tokenizer = await loadTokenizer(folder)
  const args = { ...given, maxLength: Math.min(given.maxLength, config.maxPositionEmbeddings) }
  const { examples, rowCount, notes } = shownExamples(
    // Which rows a packed one joins follows from all of them.
    (given.packing ? dataset : dataset.slice(0, rows)).map((row) =>
      toTrainingRow(row, template, options.args),
    ),
    { tokenizer, args, rows, datasetSize: dataset.length },
  )
  const markers = args.assistantOnlyLoss ? [] : template.markers
  return {
    rowCount,
    rows: examples.map(({ example, cut }, index) => previewRow(tokenizer, example, { row: index + 1, cut })),
    notes: [
      ...missingMarkerNotes(tokenizer, markers),
      ...notes,
      ...(await untrainedNotes(
        folder,
        tokenizer,
        examples.map(({ example }) => example),
      )),
    ],
  }
}

interface ShownExamples {
  /** With the tokens that each lost at its end. */
  readonly examples: readonly { readonly example: TokenizedExample; readonly cut: number }[]
  readonly rowCount: number
  readonly notes: readonly string[]
}

function shownExamples(
  trainingRows: readonly TrainingRow[],
  given: { tokenizer: Tokenizer; args: TrainingArguments; rows: number; datasetSize: number },
): ShownExamples {
  const { tokenizer, args, rows, datasetSize } = given
  const counts = { truncated: 0, looseBoundaries: 0 }
  const encode = (row: TrainingRow, index: number, maxLength: number): TokenizedExample =>
    encodeTrainingRow(row, index, tokenizer, { ...args, maxLength }, counts)
  if (!args.packing) {
    const examples = trainingRows.map((row, index) => {
      const whole = encode(row, index, Number.MAX_SAFE_INTEGER)
      const example = encode(row, index, args.maxLength)
      return { example, cut: whole.inputIds.length - example.inputIds.length }
    })
    return { examples, rowCount: datasetSize, notes: [] }
  }
  const packed = packExamples(
    trainingRows.map((row, index) => encode(row, index, args.maxLength)),
    args.maxLength,
  )
  const { truncated } = counts
  return {
    examples: packed.slice(0, rows).map((example) => ({ example, cut: 0 })),
    rowCount: packed.length,
    notes: [
      `${datasetSize} rows are packed into ${packed.length}; each sees itself only.`,
      ...(truncated > 0
        ? [`${truncated} of ${datasetSize} rows are longer than ${args.maxLength} tokens and lose their end.`]
        : []),
    ],
  }
}

async function untrainedNotes(
  folder: string,
  tokenizer: Tokenizer,
  examples: readonly TokenizedExample[],
): Promise<string[]> {
  let checkpoint: SafetensorsFile
  try {
    checkpoint = await openCheckpoint(folder)
  } catch (error) {
    // A model of the hub whose weights are not downloaded yet.
    if (error instanceof MedtuneError && /^(MODEL|FILE)_NOT_FOUND$/.test(error.code)) {
      return [
        'The weights are not here, so that untrained special tokens cannot be told; medtune train tells them.',
      ]
    }
    throw error
  }
  try {
    return await untrainedTokenNotes(await embeddingRowsIn(checkpoint), tokenizer, examples)
  } finally {
    await checkpoint.close()
  }
}

function previewRow(
  tokenizer: Tokenizer,
  example: TokenizedExample,
  { row, cut }: { readonly row: number; readonly cut: number },
): PreviewRow {
  const { inputIds, labels, segmentLengths: parts = [inputIds.length] } = example
  // The first token is predicted by nothing.
  const tokens = inputIds.map((id, t) => ({
    id,
    text: readableToken(tokenizer, id),
    learned: t > 0 && labels[t] !== ignoredLabel,
  }))
  let begin = 0
  const notes = parts.flatMap((length, part) => {
    const own = {
      inputIds: inputIds.slice(begin, begin + length),
      labels: labels.slice(begin, begin + length),
    }
    begin += length
    const name = parts.length > 1 ? `part ${part + 1} ` : ''
    return partNotes(tokenizer, own, cut).map((note) => name + note)
  })
  return { row, tokens, parts, labels: labelCount(labels), notes }
}

function partNotes(tokenizer: Tokenizer, { inputIds, labels }: TokenizedExample, cut: number): string[] {
  const { bosTokenId: bos, eosTokenId: eos, addsBos } = tokenizer
  const endsWithEos = eos !== undefined && inputIds.at(-1) === eos
  const doubled = bos !== undefined && inputIds[0] === bos && inputIds[1] === bos
  const notes: (string | false)[] = [
    cut > 0 && `cut: ${cut} tokens at its end are lost, the end-of-sequence token included`,
    addsBos && inputIds[0] !== bos && 'does not begin with BOS, which the model always saw',
    doubled && 'begins with BOS twice',
    cut === 0 && !endsWithEos && 'does not end with EOS: the model may not learn to stop here',
    endsWithEos && labels.at(-1) === ignoredLabel && 'ends with EOS, which carries no loss',
    labelCount(labels) === 0 && 'has no token to learn: training refuses such rows',
  ]
  return notes.filter((note) => note !== false)
}
