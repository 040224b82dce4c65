import type { AnonymizationResult, Anonymizer } from './anonymizer.js'

/** `a.b` selects the field b of a, through arrays; no path selects every string. */
export type FieldPath = readonly string[]

/**
 * A JSON value with its strings anonymized, so that it stays JSON whatever the strategy writes. A number that is an
 * identifier (a phone written without quotes) becomes a string.
 *
 * @param onResult called for every text, for audits
 */
export function anonymizeValue(
  value: unknown,
  anonymizer: Anonymizer<string>,
  options: {
    readonly fields?: readonly FieldPath[]
    readonly onResult?: (result: AnonymizationResult<string>) => void
  } = {},
): unknown {
  const { fields = [], onResult } = options
  const clean = (text: string): AnonymizationResult<string> => {
    const result = anonymizer.anonymize(text)
    onResult?.(result)
    return result
  }
  const visit = (item: unknown, path: FieldPath): unknown => {
    if (Array.isArray(item)) return item.map((entry) => visit(entry, path))
    if (typeof item === 'object' && item !== null) {
      return Object.fromEntries(
        Object.entries(item).map(([name, entry]) => [name, visit(entry, [...path, name])]),
      )
    }
    if (!isSelected(path, fields)) return item
    if (typeof item === 'string') return cleanLabelled(item, path, clean)
    if (typeof item !== 'number' || !Number.isSafeInteger(item)) return item
    const text = cleanLabelled(String(item), path, clean)
    return text === String(item) ? item : text
  }
  return visit(value, [])
}

function isSelected(path: FieldPath, fields: readonly FieldPath[]): boolean {
  return fields.length === 0 || fields.some((field) => field.every((name, index) => path[index] === name))
}

// The number of a record in its file is nobody's.
const recordNumbers = new Set(['id', '_id', 'pmid', 'index', 'key', 'record'])

/** The field's own name is a label too: `{"cpf": "…"}`, `{"patient_name": "…"}`. */
function cleanLabelled(
  text: string,
  path: FieldPath,
  clean: (text: string) => AnonymizationResult<string>,
): string {
  const name = path.at(-1)
  if (name === undefined || recordNumbers.has(name.toLowerCase()) || text.length > 80) return clean(text).text
  const label = `${name.replaceAll(/(?<=\p{Ll})(?=\p{Lu})|_/gu, ' ')}: `
  const labelled = clean(label + text)
  const first = labelled.spans[0]
  return first === undefined || first.start >= label.length
    ? labelled.text.slice(label.length)
    : clean(text).text
}
