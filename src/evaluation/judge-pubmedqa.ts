import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PubMedQaArticle } from '../datasets/pubmedqa-article.js'
import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { decisions, type JudgedAnswer } from './classification.js'
import { decisionChoices, type PubMedQaSetting, pubMedQaPrompt } from './pubmedqa-prompt.js'
import { scoreChoices } from './score-choices.js'

/** A record's answer with what it was chosen by. */
export interface PubMedQaAnswer extends JudgedAnswer {
  /** PMID. */
  readonly id: string
  /** log P of yes, no, maybe after the prompt, in the order of `decisions`. */
  readonly logLikelihoods: readonly number[]
}

export interface EvaluationOptions {
  /** Stops before the next record with INTERRUPTED. */
  readonly signal?: AbortSignal | undefined
  /** After each record. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Answers each record with the likeliest of yes, no and maybe; of equals, the first. Text that the model would write is
 * not parsed: a model that explains itself, or does not stop, is judged alike.
 *
 * @throws INVALID_DATASET for a record without `final_decision`; INTERRUPTED
 */
export async function judgePubMedQa(
  model: CausalLM,
  tokenizer: Tokenizer,
  articles: readonly PubMedQaArticle[],
  { setting, signal, onProgress }: EvaluationOptions & { readonly setting: PubMedQaSetting },
): Promise<PubMedQaAnswer[]> {
  const answers: PubMedQaAnswer[] = []
  for (const article of articles) {
    await nextTurn()
    if (signal?.aborted === true) {
      throw new MedtuneError('INTERRUPTED', 'The evaluation was stopped before its last record.')
    }
    const { id, finalDecision: gold } = article
    if (gold === undefined) {
      throw new MedtuneError(
        'INVALID_DATASET',
        `every record to evaluate on must have final_decision; ${answers.length + 1} of ${articles.length} has none. Leave it out.`,
      )
    }
    const logLikelihoods = await scoreChoices(
      model,
      tokenizer,
      pubMedQaPrompt(article, setting),
      decisionChoices,
    )
    const predicted = decisions[logLikelihoods.indexOf(Math.max(...logLikelihoods))] ?? 'yes'
    answers.push({ id, gold, predicted, logLikelihoods })
    onProgress?.(answers.length, articles.length)
  }
  return answers
}
