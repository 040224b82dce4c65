import path from 'node:path'
import type { InstructionExample } from '../datasets/instruction-example.js'
import { loadFormattedDataset } from '../datasets/load-formatted-dataset.js'
import type { CanaryOptions } from '../evaluation/canaries.js'
import { type ResolveModelOptions, resolveModelFolder } from '../hub/resolve-model-folder.js'
import { applyLora } from '../lora/apply-lora.js'
import type { LoraConfig } from '../lora/lora-config.js'
import { type LoadOptions, loadCausalLM } from '../models/load-causal-lm.js'
import { assertModelFolder } from '../models/model-folder.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { medicalAlpacaTemplate, type PromptTemplate } from '../tokenizers/prompt-template.js'
import type { TrainingCallback } from '../training/callbacks/training-callback.js'
import { SFTTrainer, type TrainingResult } from '../training/sft-trainer.js'
import { missingMarkerNotes } from '../training/token-notes.js'
import type { TrainingArguments } from '../training/training-arguments.js'
import type { TrainingRow } from '../training/training-row.js'
import { writeModelCard } from './model-card.js'
import { plantedExamples } from './planted-examples.js'
import { readPreparationAudit } from './preparation-audit.js'
import { toTrainingRow } from './training-rows.js'

export interface FinetuneOptions {
  /** Folder of the base model in Hugging Face layout, or its repository on the hub (`organization/name`). */
  readonly model: string
  /** How a model of the hub is downloaded. */
  readonly hub?: Omit<ResolveModelOptions, 'parts' | 'signal'>
  /** Of any layout that `prepareDataset` writes. */
  readonly dataset: string
  /** Rows to evaluate on, of any such layout. */
  readonly evalDataset?: string
  /** The adapter's folder. Default `lora_model_medical`. */
  readonly outputDir?: string
  readonly template?: PromptTemplate
  readonly lora?: Partial<LoraConfig>
  readonly args?: Partial<Omit<TrainingArguments, 'outputDir'>>
  readonly load?: LoadOptions
  readonly callbacks?: readonly TrainingCallback[]
  readonly signal?: AbortSignal
  readonly resumeFromCheckpoint?: string
  /** Made-up secrets to plant among the rows, so that `evaluate` can tell whether the adapter leaks. */
  readonly canaries?: CanaryOptions | undefined
}

export type FinetuneReport = TrainingResult & { readonly outputDir: string }

/**
 * Training file → prompts (medical Alpaca by default) → LoRA adapter, saved as PEFT does; also when stopped.
 * A model card (README.md) tells how it was made.
 */
export async function finetune(options: FinetuneOptions): Promise<FinetuneReport> {
  const { template = medicalAlpacaTemplate, lora, args, callbacks, signal, resumeFromCheckpoint } = options
  const outputDir = path.resolve(options.outputDir ?? 'lora_model_medical')
  const reading = signal === undefined ? {} : { signal }
  const examples = await loadFormattedDataset(options.dataset, reading)
  const evalExamples =
    options.evalDataset === undefined ? undefined : await loadFormattedDataset(options.evalDataset, reading)
  const folder = await resolveModelFolder(options.model, { ...options.hub, signal })
  assertModelFolder(folder)
  const tokenizer = await loadTokenizer(folder)
  const model = await loadCausalLM(folder, options.load)
  try {
    applyLora(model, { ...lora, ...(args?.seed === undefined ? {} : { seed: args.seed }) })
    const toRow = (example: InstructionExample): TrainingRow => toTrainingRow(example, template, args)
    const positions = model.config.maxPositionEmbeddings
    const planting = { canaries: options.canaries, template, tokenizer, positions, args, outputDir }
    const trainDataset = (await plantedExamples(examples, planting)).map(toRow)
    const evalDataset = evalExamples?.map(toRow)
    const trainer = new SFTTrainer({
      model,
      tokenizer,
      args: { ...args, outputDir },
      trainDataset,
      evalDataset,
      callbacks,
      notes: args?.assistantOnlyLoss === true ? [] : missingMarkerNotes(tokenizer, template.markers),
      signal,
    })
    const result = await trainer.train(resumeFromCheckpoint)
    await writeModelCard(outputDir, {
      ...{ dataset: path.basename(options.dataset), examples: examples.length },
      ...{ evalExamples: evalExamples?.length, canaries: options.canaries },
      audit: await readPreparationAudit(path.dirname(options.dataset)),
    })
    return { ...result, outputDir }
  } finally {
    model.dispose()
  }
}
