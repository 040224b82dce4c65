import { MedtuneError } from '../errors.js'
import { isShowableId, JsonSplitter, parseEntry } from './json-splitter.js'
import { type PubMedQaArticle, parseArticle, type RecordProblem } from './pubmedqa-article.js'
import { type ReadOptions, readChunks } from './read-chunks.js'

/** A record of the file: an article, or why it is none. */
export type ArticleResult =
  | { readonly article: PubMedQaArticle }
  | { readonly problems: readonly RecordProblem[] }

/**
 * Reads a file in the PubMedQA schema (one object, PMID → record) record by record, in constant memory whatever its
 * size. A record that breaks the schema, is not valid UTF-8 or JSON, or repeats an earlier id comes out as its
 * problems, and the reading goes on.
 *
 * @throws MedtuneError FILE_NOT_FOUND, FILE_UNREADABLE, INTERRUPTED; INVALID_DATASET with the byte position when the
 * file is not JSON, is truncated, or is not an object
 */
export async function* readPubMedQa(file: string, options: ReadOptions = {}): AsyncGenerator<ArticleResult> {
  const splitter = new JsonSplitter({ subject: file })
  const seenIds = new Set<string>()
  let position = 0
  for await (const chunk of readChunks(file, options)) {
    for (const { path, bytes } of splitter.push(chunk)) {
      const id = path[0]
      if (typeof id !== 'string') {
        throw new MedtuneError(
          'INVALID_DATASET',
          `${file} must be an object from PMID to record, as ori_pqal.json; it is a list. Give the raw dataset file.`,
        )
      }
      position++
      const shownId = isShowableId(id) ? id : `#${position}`
      if (seenIds.has(id)) {
        yield {
          problems: [{ id: shownId, field: '(id)', rule: 'must occur once; the first record is kept' }],
        }
        continue
      }
      seenIds.add(id)
      const raw = parseEntry(bytes)
      const result = parseArticle(id, raw)
      if ('article' in result) yield result
      else if (raw === undefined)
        yield { problems: [{ id: shownId, field: '(record)', rule: 'must be valid UTF-8 and JSON' }] }
      else yield { problems: result.problems.map((problem) => ({ ...problem, id: shownId })) }
    }
  }
  splitter.end()
}

/** The whole file at once, for notebooks and small data; throws as `readPubMedQa`. */
export async function loadPubMedQa(
  file: string,
  options: ReadOptions = {},
): Promise<{ articles: PubMedQaArticle[]; problems: RecordProblem[] }> {
  const articles: PubMedQaArticle[] = []
  const problems: RecordProblem[] = []
  for await (const result of readPubMedQa(file, options)) {
    if ('article' in result) articles.push(result.article)
    else problems.push(...result.problems)
  }
  return { articles, problems }
}
