import { MedtuneError } from '../errors.js'

/** An error of one tokenizer file: subject, the broken rule, what to do. Never quotes text that was to be encoded. */
export function tokenizerError(file: string, problem: string, cause?: unknown): MedtuneError {
  const remedy = 'The file is damaged or of another kind: copy the tokenizer files of the model again.'
  return new MedtuneError('INVALID_TOKENIZER', `${file}: ${problem}. ${remedy}`, { cause })
}

/** JSON text of a tokenizer file as an object. @throws INVALID_TOKENIZER */
export function parseJsonObject(file: string, text: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw tokenizerError(file, 'it must be JSON')
  }
  if (!isRecord(parsed)) throw tokenizerError(file, 'it must be a JSON object')
  return parsed
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
