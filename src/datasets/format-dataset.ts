import { MedtuneError } from '../errors.js'
import { type DatasetLayout, writeFormattedDataset } from './formatted-dataset.js'
import { type InstructionExample, toInstructionExample } from './instruction-example.js'
import { pubmedQaTestIds } from './pubmedqa-test-ids.js'
import type { ReadOptions } from './read-chunks.js'
import { asTuningRecord, readTuningEntries } from './tuning-file.js'
import { parseTuningInput } from './tuning-record.js'

export interface FormatOptions extends ReadOptions {
  /** `medical_tuning_data.json`. */
  readonly input: string
  /** Where the training file goes. */
  readonly output: string
  readonly layout: DatasetLayout
  /** Put the official PubMedQA test records into the training file too. */
  readonly includeTestSplit: boolean
}

export interface FormatReport {
  /** Examples in the training file. */
  readonly examples: number
  /** Official test records kept out. */
  readonly testRecordsKeptOut: number
  /** Entries that have not the documented form; left out. */
  readonly skipped: number
}

/**
 * `medical_tuning_data.json` → training file, one record at a time.
 *
 * @throws MedtuneError as `readTuningEntries`; INVALID_DATASET when no example is left; FILE_UNWRITABLE
 */
export async function formatDataset(options: FormatOptions): Promise<FormatReport> {
  const { input, output, layout, includeTestSplit, ...reading } = options
  let report: FormatReport = { examples: 0, testRecordsKeptOut: 0, skipped: 0 }
  async function* examples(): AsyncGenerator<InstructionExample> {
    let [count, testRecordsKeptOut, skipped] = [0, 0, 0]
    for await (const entry of readTuningEntries(input, reading)) {
      const record = asTuningRecord(entry)
      const fields = record === undefined ? undefined : parseTuningInput(record.input)
      if (record === undefined || fields === undefined) {
        skipped++
      } else if (!includeTestSplit && pubmedQaTestIds.has(record.id)) {
        testRecordsKeptOut++
      } else {
        count++
        yield toInstructionExample(fields)
      }
    }
    report = { examples: count, testRecordsKeptOut, skipped }
    if (count === 0) throw nothingLeft(input, report)
  }
  await writeFormattedDataset(output, examples, layout)
  return report
}

function nothingLeft(input: string, { testRecordsKeptOut, skipped }: FormatReport): MedtuneError {
  return new MedtuneError(
    'INVALID_DATASET',
    `${input} must leave at least one training example; ${skipped} entries have not the documented form and ` +
      `${testRecordsKeptOut} are official test records. Make it with medtune prepare --all, or add --include-test-split.`,
  )
}
