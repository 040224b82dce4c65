import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import path from 'node:path'
import { writeFileAtomically } from '../atomic-file.js'
import type { CausalLM } from '../models/causal-lm.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import type { SFTTrainer, TrainingResult } from '../training/sft-trainer.js'
import { snakeKeys } from '../training/training-log-file.js'
import type { PretrainingTexts } from './pretraining-texts.js'

export interface Pretraining {
  readonly input: string
  readonly model: CausalLM
  readonly tokenizer: Tokenizer
  readonly texts: PretrainingTexts
  readonly trainer: SFTTrainer
  readonly result: TrainingResult
  readonly heldOutLoss: number
}

/** Mean loss per token over texts, each cut to `maxLength` tokens. */
export async function meanLoss(
  model: CausalLM,
  tokenizer: Tokenizer,
  texts: readonly string[],
  maxLength: number,
): Promise<number> {
  let [sum, count] = [0, 0]
  for (const text of texts) {
    const ids = tokenizer.encode(text).slice(0, maxLength)
    const labels = ids.length - 1
    sum += (await model.loss([ids], [ids])) * labels
    count += labels
  }
  return sum / Math.max(1, count)
}

/** Writes `training.json`: corpus, figures and loss curve, so that anyone can tell what the model is and make it again. */
export async function writePretrainingRecord(directory: string, made: Pretraining): Promise<void> {
  const { model, tokenizer, texts, trainer, result } = made
  const tokens = texts.train.reduce((sum, text) => sum + tokenizer.encode(text).length + 1, 0)
  const record = {
    command: 'npm run pretrain-tiny -- --input ori_pqal.json',
    corpus: {
      file: path.basename(made.input),
      sha256: await sha256(made.input),
      documents: texts.train.length,
      tokens,
      held_out_documents: texts.heldOut.length,
      left_out: 'the 500 official PubMedQA test records',
    },
    parameters: model
      .parameters()
      .reduce((sum, { value }) => sum + value.shape.reduce((a, b) => a * b, 1), 0),
    training_arguments: snakeKeys(trainer.args),
    versions: { node: process.versions.node, backend: model.ops.name },
    status: result.status,
    updates: result.step,
    seconds: Math.round(result.seconds),
    final_loss: rounded(result.log.at(-1)?.loss ?? 0),
    held_out_loss: rounded(made.heldOutLoss),
    loss_curve: result.log.map(({ step, loss }) => [step, rounded(loss)]),
  }
  const text = JSON.stringify(record, null, 2).replace(/\[\s+(\d+),\s+([\d.]+)\s+\]/g, '[$1, $2]')
  await writeFileAtomically(path.join(directory, 'training.json'), (append) => append(`${text}\n`))
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

function rounded(value: number): number {
  return Number(value.toFixed(4))
}
