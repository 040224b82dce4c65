import { MedtuneError } from '../errors.js'
import { anonymizeValue, type FieldPath } from './anonymize-value.js'
import type { AnonymizationResult, Anonymizer } from './anonymizer.js'

/** What the lines of a file hold and what is written for each. */
export interface LineOptions {
  /** `jsonl`: JSON values in, the same without identifiers out. `spans`: `{id, text}` in, `{id, spans, output}` out. */
  readonly form: 'jsonl' | 'spans'
  readonly fields?: readonly FieldPath[]
  readonly onResult?: (result: AnonymizationResult<string>) => void
}

/**
 * One line of a JSONL file, anonymized. Empty lines stay empty.
 *
 * @param number of the line, from 1; errors name it and never quote the line
 * @throws MedtuneError INVALID_DATASET where the line is no JSON, or no `{id, text}`
 */
export function anonymizeLine(
  line: string,
  number: number,
  anonymizer: Anonymizer<string>,
  options: LineOptions,
): string {
  if (line.trim() === '') return ''
  const value = parseLine(line, number)
  if (options.form === 'jsonl') return JSON.stringify(anonymizeValue(value, anonymizer, options))
  const { id, text } = value as { id?: unknown; text?: unknown }
  if (typeof text !== 'string') {
    throw new MedtuneError(
      'INVALID_DATASET',
      `line ${number} must be an object with a string "text"; got ${typeof text}. With --spans every line is {"id", "text"}.`,
    )
  }
  const result = anonymizer.anonymize(text)
  options.onResult?.(result)
  const spans = result.spans.map(({ start, end, type, recognizer }) => ({ start, end, type, recognizer }))
  return JSON.stringify({ id, spans, output: result.text })
}

/** JSON.parse quotes its input in its error message, which must not reach anybody. */
function parseLine(line: string, number: number): object {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    value = undefined
  }
  if (typeof value === 'object' && value !== null) return value
  throw new MedtuneError(
    'INVALID_DATASET',
    `line ${number} must be one JSON object; got ${line.length} characters that are not. Write one object per line, or use --format text.`,
  )
}
