import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { encodeChatRow } from './encode-chat-row.js'
import { splitExamples } from './evaluation-loop.js'
import { packExamples } from './pack-examples.js'
import { tokenizeRows } from './tokenize-rows.js'
import type { TokenizedExample } from './tokenized-example.js'
import type { TrainingArguments } from './training-arguments.js'
import type { TrainingRow } from './training-row.js'

interface RowsToPrepare {
  readonly trainDataset: readonly TrainingRow[]
  /** Without it `evalFraction` of the training rows. */
  readonly evalDataset?: readonly TrainingRow[] | undefined
  readonly tokenizer?: Tokenizer | undefined
}

/** A run's rows as the model sees them. */
export interface PreparedRows {
  readonly examples: readonly TokenizedExample[]
  readonly evalExamples: readonly TokenizedExample[]
  readonly warnings: readonly string[]
}

/**
 * Tokenizes, sets apart what is evaluated on, and packs.
 *
 * @param args `maxLength` no longer than what the model can take
 * @param date what chat templates that ask for it take for today
 * @throws INVALID_ARGUMENT, TRAINING_FAILED: see `tokenizeRows`
 */
export function prepareRows(
  { trainDataset, evalDataset, tokenizer }: RowsToPrepare,
  args: TrainingArguments,
  date: Date,
): PreparedRows {
  const rowArguments = { ...args, date }
  const tokenized = tokenizeRows(trainDataset, tokenizer, rowArguments)
  const forEvaluation = evalDataset && tokenizeRows(evalDataset, tokenizer, rowArguments, 'evalDataset')
  const { train, evaluation } =
    forEvaluation === undefined
      ? splitExamples(tokenized.examples, args)
      : { train: tokenized.examples, evaluation: forEvaluation.examples }
  return {
    examples: args.packing ? packExamples(train, args.maxLength) : train,
    evalExamples: evaluation,
    warnings: [...tokenized.warnings, ...(forEvaluation?.warnings ?? [])],
  }
}

/** Whether rows come out differently on two dates: some chat templates write today's. */
export function differsBetween(
  { trainDataset, evalDataset = [], tokenizer }: RowsToPrepare,
  dates: readonly [Date, Date],
): boolean {
  const first = [...trainDataset, ...evalDataset].find((row) => 'messages' in row)
  if (first === undefined || !('messages' in first) || tokenizer === undefined) return false
  const [a, b] = dates.map((date) =>
    encodeChatRow(first.messages, tokenizer, { assistantOnly: false, index: 0, date }).inputIds.join(),
  )
  return a !== b
}
