import { writeFileAtomically } from '../atomic-file.js'
import { JsonSplitter, parseEntry } from './json-splitter.js'
import { type ReadOptions, readChunks } from './read-chunks.js'
import type { TuningRecord } from './tuning-record.js'

/**
 * Writes `medical_tuning_data.json`: a JSON array of `{id, input}`, indented by two spaces, non-ASCII kept, atomically.
 *
 * @returns how many records were written
 * @throws MedtuneError FILE_UNWRITABLE; whatever `records` throws, and then the old file stays
 */
export async function writeTuningFile(
  file: string,
  records: AsyncIterable<TuningRecord> | Iterable<TuningRecord>,
): Promise<number> {
  let count = 0
  await writeFileAtomically(file, async (append) => {
    for await (const { id, input } of records) {
      const lines = `  {\n    "id": ${JSON.stringify(id)},\n    "input": ${JSON.stringify(input)}\n  }`
      await append(`${count === 0 ? '[\n' : ',\n'}${lines}`)
      count++
    }
    await append(count === 0 ? '[]' : '\n]')
  })
  return count
}

/**
 * Every entry of a tuning file as it stands, whatever it is (undefined: not JSON); `validateTuningFile` and
 * `formatDataset` judge it.
 *
 * @throws MedtuneError FILE_NOT_FOUND, FILE_UNREADABLE, INTERRUPTED, INVALID_DATASET (not JSON, truncated)
 */
export async function* readTuningEntries(file: string, options: ReadOptions = {}): AsyncGenerator<unknown> {
  const splitter = new JsonSplitter({ subject: file })
  for await (const chunk of readChunks(file, options)) {
    for (const { bytes } of splitter.push(chunk)) yield parseEntry(bytes)
  }
  splitter.end()
}

/** The entry as a record, or undefined where `id` or `input` is no text. */
export function asTuningRecord(entry: unknown): TuningRecord | undefined {
  if (typeof entry !== 'object' || entry === null || !('id' in entry) || !('input' in entry)) return undefined
  const { id, input } = entry
  return typeof id === 'string' && typeof input === 'string' ? { id, input } : undefined
}
