import { loadFormattedDataset } from '../datasets/load-formatted-dataset.js'
import { MedtuneError } from '../errors.js'
import { judgePubMedQa, type PubMedQaAnswer } from '../evaluation/judge-pubmedqa.js'
import { type Perplexity, perplexity } from '../evaluation/perplexity.js'
import type { PubMedQaSetting } from '../evaluation/pubmedqa-prompt.js'
import { type PubMedQaScores, pubMedQaScores } from '../evaluation/pubmedqa-scores.js'
import { type ResolveModelOptions, resolveModelFolder } from '../hub/resolve-model-folder.js'
import { loadAdapter } from '../lora/load-adapter.js'
import type { CausalLM } from '../models/causal-lm.js'
import { type LoadOptions, loadCausalLM } from '../models/load-causal-lm.js'
import { assertModelFolder } from '../models/model-folder.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { medicalAlpacaTemplate, type PromptTemplate } from '../tokenizers/prompt-template.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { type EvaluationProtocol, type EvaluationRecords, evaluationRecords } from './evaluation-records.js'

export interface EvaluateOptions {
  /** Folder of the (base) model, or its repository on the hub. */
  readonly model: string
  /** Folder or repository of an adapter: the model is evaluated without it, then with it. */
  readonly adapter?: string | undefined
  /** PubMedQA's file. Without it only perplexity is measured. */
  readonly dataset?: string | undefined
  readonly settings?: readonly PubMedQaSetting[]
  /** As of `evaluationRecords`. */
  readonly ids?: string | undefined
  readonly limit?: number | undefined
  /** Held-out records of any layout that `prepareDataset` writes. */
  readonly perplexityDataset?: string | undefined
  /** What the held-out records are put into. Default: medical Alpaca. */
  readonly template?: PromptTemplate | undefined
  readonly load?: LoadOptions
  readonly hub?: Omit<ResolveModelOptions, 'parts' | 'signal'>
  readonly signal?: AbortSignal | undefined
  /** @param stage such as `base, reasoning-required` */
  readonly onProgress?: ((stage: string, done: number, total: number) => void) | undefined
}

/** What one model (base, or base with adapter) reached. */
export interface ModelEvaluation {
  readonly pubmedQa: Partial<
    Readonly<Record<PubMedQaSetting, PubMedQaScores & { readonly answers: readonly PubMedQaAnswer[] }>>
  >
  readonly perplexity: Perplexity | undefined
}

export interface EvaluationReport {
  readonly model: string
  readonly adapter: string | undefined
  readonly backend: string
  readonly protocol: EvaluationProtocol | undefined
  readonly base: ModelEvaluation
  readonly adapted: ModelEvaluation | undefined
}

/**
 * PubMedQA and perplexity of a model, and of the model with an adapter: the same records, prompts and weights twice.
 *
 * @throws INVALID_ARGUMENT with nothing to measure; INTERRUPTED; as `evaluationRecords`, `loadCausalLM`, `loadAdapter`
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationReport> {
  const { dataset, perplexityDataset, signal, template = medicalAlpacaTemplate } = options
  if (dataset === undefined && perplexityDataset === undefined) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'evaluate needs records; got neither dataset nor perplexityDataset. Name one.',
    )
  }
  const records = dataset === undefined ? undefined : await evaluationRecords(dataset, options)
  const texts =
    perplexityDataset === undefined
      ? []
      : (await loadFormattedDataset(perplexityDataset, signal === undefined ? {} : { signal })).map((row) => {
          const { prompt, completion } = template.format(row)
          return prompt + completion
        })
  const folder = await resolveModelFolder(options.model, { ...options.hub, signal })
  assertModelFolder(folder)
  const adapter = options.adapter && (await resolveModelFolder(options.adapter, { ...options.hub, signal }))
  const tokenizer = await loadTokenizer(folder)
  const model = await loadCausalLM(folder, options.load)
  try {
    const job = { model, tokenizer, records, texts, options }
    const base = await evaluateModel(job, 'base')
    if (adapter !== undefined) await loadAdapter(model, adapter)
    return {
      ...{ model: options.model, adapter: options.adapter, backend: model.ops.name },
      protocol: records?.protocol,
      base,
      adapted: adapter === undefined ? undefined : await evaluateModel(job, 'adapter'),
    }
  } finally {
    model.dispose()
  }
}

interface EvaluationJob {
  readonly model: CausalLM
  readonly tokenizer: Tokenizer
  readonly records: EvaluationRecords | undefined
  readonly texts: readonly string[]
  readonly options: EvaluateOptions
}

async function evaluateModel(job: EvaluationJob, name: string): Promise<ModelEvaluation> {
  const { model, tokenizer, records, texts, options } = job
  const { signal, onProgress, settings = ['required', 'free'] } = options
  const running = (stage: string) => ({
    signal,
    onProgress: (done: number, total: number) => onProgress?.(`${name}, ${stage}`, done, total),
  })
  const pubmedQa: { -readonly [S in keyof ModelEvaluation['pubmedQa']]: ModelEvaluation['pubmedQa'][S] } = {}
  for (const setting of records === undefined ? [] : settings) {
    const answers = await judgePubMedQa(model, tokenizer, records?.articles ?? [], {
      ...{ setting, ...running(`reasoning-${setting}`) },
    })
    pubmedQa[setting] = { ...pubMedQaScores(answers), answers }
  }
  return {
    pubmedQa,
    perplexity:
      texts.length === 0 ? undefined : await perplexity(model, tokenizer, texts, running('perplexity')),
  }
}
