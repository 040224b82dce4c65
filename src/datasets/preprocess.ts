import { MedtuneError } from '../errors.js'
import { addCounts, anonymizeArticle, type TextAnonymizer } from './anonymized-article.js'
import type { RecordProblem } from './pubmedqa-article.js'
import type { ReadOptions } from './read-chunks.js'
import { readPubMedQa } from './read-pubmedqa.js'
import { writeTuningFile } from './tuning-file.js'
import { type TuningRecord, toTuningRecord } from './tuning-record.js'

export interface PreprocessOptions extends ReadOptions {
  /** File in the PubMedQA schema. */
  readonly input: string
  /** Where `medical_tuning_data.json` goes. */
  readonly output: string
  readonly anonymizer: TextAnonymizer
}

export interface PreprocessReport {
  /** Records found in the input. */
  readonly total: number
  readonly written: number
  /** Records left out because they break the schema. */
  readonly rejected: number
  readonly firstProblems: readonly RecordProblem[]
  readonly problemCount: number
  /** Spans replaced, by PHI entity. */
  readonly redactions: Readonly<Record<string, number>>
}

const shownProblems = 10

/**
 * Raw dataset → anonymized → `medical_tuning_data.json`, one record at a time.
 *
 * @throws MedtuneError as `readPubMedQa`; INVALID_DATASET when no record is usable; FILE_UNWRITABLE
 */
export async function preprocessDataset(options: PreprocessOptions): Promise<PreprocessReport> {
  const { input, output, anonymizer, ...reading } = options
  const redactions: Record<string, number> = {}
  const firstProblems: RecordProblem[] = []
  let [written, rejected, problemCount] = [0, 0, 0]
  async function* records(): AsyncGenerator<TuningRecord> {
    for await (const result of readPubMedQa(input, reading)) {
      if ('article' in result) {
        const { article, counts } = anonymizeArticle(result.article, anonymizer)
        addCounts(redactions, counts)
        written++
        yield toTuningRecord(article)
      } else {
        rejected++
        problemCount += result.problems.length
        firstProblems.push(...result.problems.slice(0, shownProblems - firstProblems.length))
      }
    }
    if (written === 0) throw noUsableRecord(input, rejected, firstProblems[0])
  }
  await writeTuningFile(output, records())
  return { total: written + rejected, written, rejected, firstProblems, problemCount, redactions }
}

function noUsableRecord(input: string, rejected: number, problem: RecordProblem | undefined): MedtuneError {
  const first = problem === undefined ? '' : ` First: record ${problem.id}, ${problem.field} ${problem.rule}.`
  return new MedtuneError(
    'INVALID_DATASET',
    `${input} must hold records with QUESTION, CONTEXTS and LONG_ANSWER; none of its ${rejected} does.${first} Give a file as ori_pqal.json.`,
  )
}
