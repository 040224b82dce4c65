import { MedtuneError } from '../errors.js'
import { encodePrompt } from '../tokenizers/encode-prompt.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { encodeChatRow } from './encode-chat-row.js'
import { ignoredLabel, labelCount, type TokenizedExample } from './tokenized-example.js'
import type { TrainingArguments } from './training-arguments.js'
import type { TrainingRow } from './training-row.js'

export interface TokenizedRows {
  readonly examples: readonly TokenizedExample[]
  /** Sentences for the user: rows that were cut, prompts that do not end on a token boundary. */
  readonly warnings: readonly string[]
}

/** Rows that were cut, and prompts that do not end on a token boundary. */
export interface RowCounts {
  truncated: number
  looseBoundaries: number
}

interface RowArguments
  extends Pick<TrainingArguments, 'maxLength' | 'appendEos' | 'completionOnlyLoss' | 'assistantOnlyLoss'> {
  /** What chat templates that ask for it take for today; default now. */
  readonly date?: Date | undefined
}

/**
 * Rows → token ids and labels. Text gets the beginning-of-sequence token exactly once where the tokenizer wants one, and
 * the end-of-sequence token once; labels are masked by position. Rows longer than `maxLength` lose their end.
 *
 * @param dataset which rows they are, for messages
 * @throws INVALID_ARGUMENT for rows that need a tokenizer and have none, or ids that cannot be; TRAINING_FAILED when a
 * row has nothing to learn (every label −100)
 */
export function tokenizeRows(
  rows: readonly TrainingRow[],
  tokenizer: Tokenizer | undefined,
  args: RowArguments,
  dataset: 'trainDataset' | 'evalDataset' = 'trainDataset',
): TokenizedRows {
  if (rows.length === 0) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `${dataset} must hold at least one row; got none. Check the file.`,
    )
  }
  const counts: RowCounts = { truncated: 0, looseBoundaries: 0 }
  const examples = rows.map((row, index) => encodeTrainingRow(row, index, tokenizer, args, counts))
  checkLabels(examples, args, dataset)
  return { examples, warnings: describe(counts, rows.length, args, dataset) }
}

/**
 * One row, cut to `maxLength`; what is cut or loose is counted.
 *
 * @param index from 0, for messages
 * @throws INVALID_ARGUMENT as `tokenizeRows`
 */
export function encodeTrainingRow(
  row: TrainingRow,
  index: number,
  tokenizer: Tokenizer | undefined,
  args: RowArguments,
  counts: RowCounts,
): TokenizedExample {
  const example =
    'inputIds' in row
      ? withLabels(row, index)
      : 'messages' in row
        ? encodeChatRow(row.messages, requireTokenizer(tokenizer, index), {
            ...{ assistantOnly: args.assistantOnlyLoss, index, date: args.date },
          })
        : encodeRow(row, requireTokenizer(tokenizer, index), args, counts)
  return truncate(example, args.maxLength, counts)
}

function withLabels(
  row: { inputIds: readonly number[]; labels?: readonly number[] },
  index: number,
): TokenizedExample {
  const { inputIds, labels = inputIds } = row
  if (labels.length === inputIds.length) return { inputIds, labels }
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `row ${index + 1}: labels must be as long as inputIds (${inputIds.length}); got ${labels.length}. Use -100 where no loss is wanted.`,
  )
}

function requireTokenizer(tokenizer: Tokenizer | undefined, index: number): Tokenizer {
  if (tokenizer !== undefined) return tokenizer
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `row ${index + 1} is text and needs a tokenizer; none was given. Pass tokenizer: await loadTokenizer(dir).`,
  )
}

function encodeRow(
  row: Exclude<TrainingRow, { inputIds: unknown } | { messages: unknown }>,
  tokenizer: Tokenizer,
  args: RowArguments,
  counts: RowCounts,
): TokenizedExample {
  const inputIds = encodePrompt(tokenizer, 'text' in row ? row.text : row.prompt + row.completion)
  const endsItself = args.appendEos || tokenizer.addsEos
  if (endsItself && inputIds.at(-1) !== endOfSequence(tokenizer)) inputIds.push(endOfSequence(tokenizer))
  if ('text' in row || args.completionOnlyLoss === false) return { inputIds, labels: inputIds }
  const promptIds = encodePrompt(tokenizer, row.prompt)
  const difference = promptIds.findIndex((id, i) => id !== inputIds[i])
  // A token that holds the prompt's end and the completion's start is the completion's: the model must learn to write it.
  const masked = difference < 0 ? promptIds.length : difference
  if (difference >= 0) counts.looseBoundaries++
  return { inputIds, labels: inputIds.map((id, i) => (i < masked ? ignoredLabel : id)) }
}

function endOfSequence({ eosTokenId }: Tokenizer): number {
  if (eosTokenId !== undefined) return eosTokenId
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    'the tokenizer must have an end-of-sequence token for appendEos; it has none. Add eos_token to tokenizer_config.json, or set appendEos to false.',
  )
}

function truncate(example: TokenizedExample, maxLength: number, counts: RowCounts): TokenizedExample {
  if (example.inputIds.length <= maxLength) return example
  counts.truncated++
  return { inputIds: example.inputIds.slice(0, maxLength), labels: example.labels.slice(0, maxLength) }
}

function checkLabels(
  examples: readonly TokenizedExample[],
  { maxLength }: RowArguments,
  dataset: string,
): void {
  const empty = examples.flatMap(({ labels }, index) => (labelCount(labels) === 0 ? [index + 1] : []))
  if (empty.length === 0) return
  throw new MedtuneError(
    'TRAINING_FAILED',
    `every row of ${dataset} must have a label to learn; ${empty.length} of ${examples.length} have none (the first is row ${empty[0]}).` +
      ` Raise maxLength (${maxLength}) if their completions were cut off, check the masking, or leave them out.`,
  )
}

function describe(
  counts: RowCounts,
  rowCount: number,
  { maxLength }: RowArguments,
  dataset: string,
): string[] {
  const { truncated, looseBoundaries } = counts
  const rows = dataset === 'evalDataset' ? `${rowCount} evaluation` : rowCount
  return [
    ...(truncated > 0
      ? [
          `${truncated} of ${rows} rows are longer than ${maxLength} tokens and lose their end, the end-of-sequence token included.`,
        ]
      : []),
    ...(looseBoundaries > 0
      ? [
          `${looseBoundaries} of ${rows} prompts do not end on a token boundary; the loss starts with the token that crosses it.`,
        ]
      : []),
  ]
}
