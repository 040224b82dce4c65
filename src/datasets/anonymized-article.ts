import type { PubMedQaArticle } from './pubmedqa-article.js'

declare const isAnonymized: unique symbol

/**
 * An article whose question, contexts, MeSH terms and answer went through an anonymizer. Only `anonymizeArticle` makes
 * one, so formatting raw text is a compile error.
 */
export type AnonymizedArticle = PubMedQaArticle & { readonly [isAnonymized]: true }

/** What is needed of an `Anonymizer`. */
export interface TextAnonymizer {
  anonymize(text: string): { readonly text: string; readonly counts: Readonly<Record<string, number>> }
}

/**
 * Takes identifiers out of every free-text field. Id, year, labels and verdict are kept.
 *
 * @returns the article and how many spans were replaced, by PHI entity
 */
export function anonymizeArticle(
  article: PubMedQaArticle,
  anonymizer: TextAnonymizer,
): { article: AnonymizedArticle; counts: Record<string, number> } {
  const counts: Record<string, number> = {}
  const clean = (text: string): string => {
    const result = anonymizer.anonymize(text)
    addCounts(counts, result.counts)
    return result.text
  }
  const anonymized = {
    ...article,
    question: clean(article.question),
    contexts: article.contexts.map(clean),
    meshes: article.meshes.map(clean),
    longAnswer: clean(article.longAnswer),
  }
  return { article: anonymized as PubMedQaArticle as AnonymizedArticle, counts }
}

/** Adds `counts` to `total`, key by key. */
export function addCounts(total: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [entity, count] of Object.entries(counts)) {
    if (count > 0) total[entity] = (total[entity] ?? 0) + count
  }
}
