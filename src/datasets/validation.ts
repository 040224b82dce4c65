import { isShowableId } from './json-splitter.js'
import type { ReadOptions } from './read-chunks.js'
import { readTuningEntries } from './tuning-file.js'
import { parseTuningInput, sectionOf } from './tuning-record.js'

/** What is wrong with one entry of a tuning file; its position and id, never its text. */
export interface ValidationError {
  /** From 1. */
  readonly position: number
  readonly id?: string
  readonly field: 'id' | 'input' | 'context' | 'question' | 'answer' | 'format'
  readonly rule: string
}

/** Figures about a tuning file. */
export interface ValidationReport {
  readonly total: number
  /** Entries without any error. */
  readonly valid: number
  /** valid / total; 0 for an empty file. */
  readonly validShare: number
  readonly withId: number
  readonly withInput: number
  readonly withContext: number
  readonly withQuestion: number
  readonly withAnswer: number
  /** Characters (code points) of `input`, over the entries that have one. */
  readonly length: { readonly min: number; readonly mean: number; readonly max: number }
  readonly duplicateIds: number
  readonly emptyInputs: number
  readonly errorCount: number
  readonly firstErrors: readonly ValidationError[]
}

/** A data set is fit for training when at least this share of its entries is valid. */
export const requiredValidShare = 0.95

const shownErrors = 10

/**
 * Checks `medical_tuning_data.json` entry by entry in constant memory.
 *
 * @throws MedtuneError FILE_NOT_FOUND, FILE_UNREADABLE, INTERRUPTED, INVALID_DATASET (not JSON, truncated)
 */
export async function validateTuningFile(file: string, options: ReadOptions = {}): Promise<ValidationReport> {
  return validateTuningEntries(readTuningEntries(file, options))
}

/** As `validateTuningFile`, on entries at hand. */
export async function validateTuningEntries(
  entries: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<ValidationReport> {
  const has = { id: 0, input: 0, context: 0, question: 0, answer: 0 }
  const seenIds = new Set<string>()
  const firstErrors: ValidationError[] = []
  let [total, valid, errorCount, duplicateIds, emptyInputs] = [0, 0, 0, 0, 0]
  let [min, max, sum, measured] = [Number.POSITIVE_INFINITY, 0, 0, 0]
  for await (const entry of entries) {
    total++
    const { id, input, errors, present } = inspectEntry(entry)
    for (const field of present) has[field]++
    if (id !== undefined && seenIds.has(id)) {
      duplicateIds++
      errors.push({ field: 'id', rule: 'must be unique' })
    }
    if (id !== undefined) seenIds.add(id)
    if (input !== undefined) {
      const length = codePointCount(input)
      ;[min, max, sum, measured] = [Math.min(min, length), Math.max(max, length), sum + length, measured + 1]
      if (input.trim() === '') emptyInputs++
    }
    if (errors.length === 0) valid++
    errorCount += errors.length
    const shownId = id !== undefined && isShowableId(id) ? { id } : {}
    for (const error of errors.slice(0, shownErrors - firstErrors.length)) {
      firstErrors.push({ position: total, ...shownId, ...error })
    }
  }
  return {
    total,
    valid,
    validShare: total === 0 ? 0 : valid / total,
    withId: has.id,
    withInput: has.input,
    withContext: has.context,
    withQuestion: has.question,
    withAnswer: has.answer,
    length: { min: measured === 0 ? 0 : min, mean: measured === 0 ? 0 : sum / measured, max },
    duplicateIds,
    emptyInputs,
    errorCount,
    firstErrors,
  }
}

type Part = 'id' | 'input' | 'context' | 'question' | 'answer'

interface Inspection {
  readonly id?: string
  readonly input?: string
  readonly present: Part[]
  readonly errors: { field: ValidationError['field']; rule: string }[]
}

function inspectEntry(entry: unknown): Inspection {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return { present: [], errors: [{ field: 'format', rule: 'must be a JSON object with id and input' }] }
  }
  const { id, input }: { id?: unknown; input?: unknown } = { ...entry }
  const text = typeof input === 'string' ? input : ''
  const parts: Record<Part, string | undefined> = {
    id: typeof id === 'string' ? id : undefined,
    input: text,
    context: sectionOf(text, 'Contexto'),
    question: sectionOf(text, 'Pergunta'),
    answer: sectionOf(text, 'Resposta'),
  }
  const names: readonly Part[] = ['id', 'input', 'context', 'question', 'answer']
  const present = names.filter((name) => (parts[name] ?? '').trim() !== '')
  const errors: Inspection['errors'] = names
    .filter((name) => !present.includes(name))
    .map((field) => ({ field, rule: 'must be a text that is not blank' }))
  if (errors.length === 0 && parseTuningInput(text) === undefined) {
    errors.push({ field: 'format', rule: 'must have the documented delimiters in order' })
  }
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof input === 'string' ? { input } : {}),
    present,
    errors,
  }
}

function codePointCount(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0)
}
