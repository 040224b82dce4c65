import type { PubMedQaArticle } from '../datasets/pubmedqa-article.js'

/** `required`: the model reads the abstract without its conclusion. `free`: it reads the conclusion, not the abstract. */
export type PubMedQaSetting = 'required' | 'free'

/** The ways to go on from a prompt, in the order of `decisions`. */
export const decisionChoices: readonly string[] = [' yes', ' no', ' maybe']

/**
 * The prompt of a record: the wording of most published results, so that figures can be compared. In the
 * reasoning-free setting the conclusion stands where the abstract did.
 *
 * @see Jin et al., "PubMedQA: a dataset for biomedical research question answering" (2019)
 */
export function pubMedQaPrompt(
  { question, contexts, longAnswer }: Pick<PubMedQaArticle, 'question' | 'contexts' | 'longAnswer'>,
  setting: PubMedQaSetting,
): string {
  const abstract = setting === 'required' ? contexts.join('\n') : longAnswer
  return `Abstract: ${abstract}\nQuestion: ${question}\nAnswer:`
}
