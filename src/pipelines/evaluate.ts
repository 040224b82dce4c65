import { loadFormattedDataset } from '../datasets/load-formatted-dataset.js'
import { MedtuneError } from '../errors.js'
import type { Canary } from '../evaluation/canaries.js'
import { readCanaryFile } from '../evaluation/canary-file.js'
import { judgePubMedQa, type PubMedQaAnswer } from '../evaluation/judge-pubmedqa.js'
import { type MemorizationReport, memorization } from '../evaluation/memorization.js'
import { type Perplexity, perplexity } from '../evaluation/perplexity.js'
import type { PubMedQaSetting } from '../evaluation/pubmedqa-prompt.js'
import { type PubMedQaScores, pubMedQaScores } from '../evaluation/pubmedqa-scores.js'
import { type ResolveModelOptions, resolveModelFolder } from '../hub/resolve-model-folder.js'
import { baseModelName } from '../lora/base-model-name.js'
import { loadAdapter, readAdapterConfig } from '../lora/load-adapter.js'
import type { CausalLM } from '../models/causal-lm.js'
import { type LoadOptions, loadCausalLM } from '../models/load-causal-lm.js'
import { assertModelFolder } from '../models/model-folder.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { medicalAlpacaTemplate, type PromptTemplate } from '../tokenizers/prompt-template.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { defaultModelDirectory } from './default-model.js'
import { type EvaluationProtocol, type EvaluationRecords, evaluationRecords } from './evaluation-records.js'
import { findBaseModel, loadAdapterTokenizer } from './load-trained-model.js'

export interface EvaluateOptions {
  /** Folder of the (base) model, or its repository on the hub. Default: what the adapter names, else the embedded model. */
  readonly model?: string | undefined
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
  /** List of planted secrets, as training with canaries writes it. */
  readonly canaries?: string | undefined
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
  readonly memorization: MemorizationReport | undefined
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
 * PubMedQA, perplexity and memorization of a model, and of the model with an adapter: the same records, prompts,
 * tokenizer (the adapter's own, where it has one) and weights twice.
 *
 * @throws INVALID_ARGUMENT with nothing to measure; INTERRUPTED; as `evaluationRecords`, `readCanaryFile`,
 * `findBaseModel`, `loadCausalLM`, `loadAdapter`
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationReport> {
  const { dataset, perplexityDataset, signal, template = medicalAlpacaTemplate } = options
  if (dataset === undefined && perplexityDataset === undefined && options.canaries === undefined) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'evaluate needs records; got none of dataset, perplexityDataset and canaries. Name one.',
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
  const canaries = options.canaries === undefined ? [] : (await readCanaryFile(options.canaries)).canaries
  const { folder, adapter } = await findModels(options)
  const tokenizer = await (adapter === undefined
    ? loadTokenizer(folder)
    : loadAdapterTokenizer(adapter, folder))
  const model = await loadCausalLM(folder, options.load)
  try {
    const job = { model, tokenizer, records, texts, canaries, options }
    const base = await evaluateModel(job, 'base')
    if (adapter !== undefined) await loadAdapter(model, adapter)
    return {
      ...{ model: baseModelName(folder), adapter: options.adapter, backend: model.ops.name },
      protocol: records?.protocol,
      base,
      adapted: adapter === undefined ? undefined : await evaluateModel(job, 'adapter'),
    }
  } finally {
    model.dispose()
  }
}

/** Folders of the base model and of the adapter. */
async function findModels(
  options: EvaluateOptions,
): Promise<{ folder: string; adapter: string | undefined }> {
  const hub = { ...options.hub, signal: options.signal }
  if (options.adapter === undefined) {
    const folder = await resolveModelFolder(options.model ?? defaultModelDirectory, hub)
    assertModelFolder(folder)
    return { folder, adapter: undefined }
  }
  const adapter = await resolveModelFolder(options.adapter, hub)
  const named = options.model ?? (await readAdapterConfig(adapter)).baseModel
  return { folder: await findBaseModel(adapter, named, hub), adapter }
}

interface EvaluationJob {
  readonly model: CausalLM
  readonly tokenizer: Tokenizer
  readonly records: EvaluationRecords | undefined
  readonly texts: readonly string[]
  readonly canaries: readonly Canary[]
  readonly options: EvaluateOptions
}

async function evaluateModel(job: EvaluationJob, name: string): Promise<ModelEvaluation> {
  const { model, tokenizer, records, texts, canaries, options } = job
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
    memorization:
      canaries.length === 0
        ? undefined
        : await memorization(model, tokenizer, canaries, running('memorization')),
  }
}
