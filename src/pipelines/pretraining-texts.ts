import { Anonymizer } from '../anonymization/anonymizer.js'
import { type AnonymizedArticle, anonymizeArticle } from '../datasets/anonymized-article.js'
import { pubmedQaTestIds } from '../datasets/pubmedqa-test-ids.js'
import type { ReadOptions } from '../datasets/read-chunks.js'
import { loadPubMedQa } from '../datasets/read-pubmedqa.js'

/** Every so many-th document is held out, to measure how well a model predicts text it has not seen. */
const heldOutEvery = 25

export interface PretrainingTexts {
  readonly train: readonly string[]
  readonly heldOut: readonly string[]
}

/**
 * The anonymized abstracts of a dataset in the PubMedQA schema as plain documents: contexts, question, conclusion. The
 * official test records are left out.
 *
 * @throws MedtuneError as `loadPubMedQa`
 */
export async function readPretrainingTexts(file: string, options: ReadOptions): Promise<PretrainingTexts> {
  const anonymizer = new Anonymizer()
  const { articles } = await loadPubMedQa(file, options)
  const texts = articles
    .filter(({ id }) => !pubmedQaTestIds.has(id))
    .map((article) => toDocument(anonymizeArticle(article, anonymizer).article))
  return {
    train: texts.filter((_, i) => i % heldOutEvery !== 0),
    heldOut: texts.filter((_, i) => i % heldOutEvery === 0),
  }
}

function toDocument({ contexts, question, longAnswer }: AnonymizedArticle): string {
  return `${contexts.join(' ')}\n\n${question}\n${longAnswer}`
}
