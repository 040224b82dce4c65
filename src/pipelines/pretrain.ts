import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomically } from '../atomic-file.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import { trainByteLevelBpe } from '../tokenizers/byte-level-bpe-trainer.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import type { TrainingCallback } from '../training/callbacks/training-callback.js'
import { SFTTrainer, type TrainingResult } from '../training/sft-trainer.js'
import type { TrainingArguments } from '../training/training-arguments.js'
import { meanLoss, writePretrainingRecord } from './pretraining-record.js'
import { readPretrainingTexts } from './pretraining-texts.js'
import { tinyModelConfig, tinyModelTokenizer, tinyModelTraining } from './tiny-model.js'

export interface PretrainOptions {
  /** File in the PubMedQA schema. */
  readonly input: string
  /** The model's folder. */
  readonly outputDir: string
  /** Over `tinyModelTraining`. */
  readonly args?: Partial<TrainingArguments>
  readonly callbacks?: readonly TrainingCallback[]
  readonly signal?: AbortSignal
}

/**
 * Trains the tiny model from nothing on the abstracts of a dataset: tokenizer, random weights, all parameters. Writes it
 * in Hugging Face layout with `training.json`, which says how it came to be.
 */
export async function pretrain(options: PretrainOptions): Promise<TrainingResult> {
  const { input, outputDir, callbacks, signal } = options
  const texts = await readPretrainingTexts(input, signal === undefined ? {} : { signal })
  const { tokenizerJson, tokenizerConfig } = trainByteLevelBpe(texts.train, tinyModelTokenizer)
  await mkdir(outputDir, { recursive: true })
  await writeJson(outputDir, 'tokenizer.json', tokenizerJson, 0)
  await writeJson(outputDir, 'tokenizer_config.json', tokenizerConfig)
  const tokenizer = await loadTokenizer(outputDir)
  const config = { ...tinyModelConfig, vocab_size: tokenizer.vocabSize }
  const { bos_token_id, eos_token_id, pad_token_id } = config
  await writeJson(outputDir, 'generation_config.json', { bos_token_id, eos_token_id, pad_token_id })
  const model = await createCausalLM(config, { seed: tinyModelTraining.seed })
  try {
    const args = { ...tinyModelTraining, ...options.args }
    const trainDataset = texts.train.map((text) => ({ text }))
    const trainer = new SFTTrainer({ model, tokenizer, args, trainDataset, callbacks, signal })
    const result = await trainer.train()
    await saveCausalLM(model, outputDir, { dtype: 'bfloat16' })
    const heldOutLoss = await meanLoss(model, tokenizer, texts.heldOut, trainer.args.maxLength)
    await writePretrainingRecord(outputDir, { input, model, tokenizer, texts, trainer, result, heldOutLoss })
    return result
  } finally {
    model.dispose()
  }
}

async function writeJson(folder: string, name: string, content: unknown, indent = 2): Promise<void> {
  const text = `${JSON.stringify(content, null, indent)}\n`
  await writeFileAtomically(path.join(folder, name), (append) => append(text))
}
