import { readFile } from 'node:fs/promises'
import type { PubMedQaArticle } from '../datasets/pubmedqa-article.js'
import { pubmedQaTestIds } from '../datasets/pubmedqa-test-ids.js'
import { loadPubMedQa } from '../datasets/read-pubmedqa.js'
import { MedtuneError } from '../errors.js'

/** `official`: all 500 test records, so that figures can be compared. `partial`: some of them. `own`: other records. */
export type EvaluationProtocol = 'official' | 'partial' | 'own'

export interface EvaluationRecords {
  readonly articles: readonly PubMedQaArticle[]
  readonly protocol: EvaluationProtocol
}

interface EvaluationRecordsOptions {
  /** File of PMIDs: an object whose keys they are (`test_ground_truth.json`), a list, or one in each line. */
  readonly ids?: string | undefined
  /** At most so many records, the first of the file. */
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The records to evaluate on: those that `ids` names; else the official test records of the file; else, for a file that
 * has none of those, all that have an answer.
 *
 * @throws INVALID_DATASET when ids are not in the file or have no answer, or no record is left; as `loadPubMedQa`
 */
export async function evaluationRecords(
  dataset: string,
  { ids, limit, signal }: EvaluationRecordsOptions = {},
): Promise<EvaluationRecords> {
  const { articles } = await loadPubMedQa(dataset, signal === undefined ? {} : { signal })
  const answered = articles.filter(({ finalDecision }) => finalDecision !== undefined)
  const wanted = ids === undefined ? pubmedQaTestIds : await readIds(ids)
  const named = answered.filter(({ id }) => wanted.has(id))
  if (ids !== undefined && named.length < wanted.size) {
    throw new MedtuneError(
      'INVALID_DATASET',
      `${dataset} must hold an answered record for every id of ${ids}; ${wanted.size - named.length} of ${wanted.size} are missing. Give the dataset they come from.`,
    )
  }
  const chosen = (named.length > 0 ? named : answered).slice(0, limit)
  if (chosen.length === 0) {
    throw new MedtuneError(
      'INVALID_DATASET',
      `${dataset} must hold records with final_decision; it holds none. Give PubMedQA's labelled file (medtune fetch-data).`,
    )
  }
  const official = chosen.filter(({ id }) => pubmedQaTestIds.has(id)).length
  if (official < chosen.length) return { articles: chosen, protocol: 'own' }
  return { articles: chosen, protocol: official === pubmedQaTestIds.size ? 'official' : 'partial' }
}

async function readIds(file: string): Promise<ReadonlySet<string>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new MedtuneError(
      'FILE_UNREADABLE',
      `${file} must be a readable file of ids; reading gave ${String((cause as NodeJS.ErrnoException).code)}. Check the path.`,
      { cause },
    )
  }
  const ids = /^\s*[[{]/.test(text) ? jsonIds(file, text) : text.split(/\s+/)
  return new Set(ids.filter((id) => id !== ''))
}

function jsonIds(file: string, text: string): string[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.map(String) : Object.keys(value as object)
  } catch (cause) {
    throw new MedtuneError(
      'INVALID_DATASET',
      `${file} must be a JSON object or list of ids, or one id in each line; it is no valid JSON. Repair it.`,
      { cause },
    )
  }
}
