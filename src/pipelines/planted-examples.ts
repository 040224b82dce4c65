import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { InstructionExample } from '../datasets/instruction-example.js'
import { MedtuneError } from '../errors.js'
import { type CanaryOptions, plantCanaries } from '../evaluation/canaries.js'
import { canaryFile, writeCanaryFile } from '../evaluation/canary-file.js'
import type { PromptTemplate } from '../tokenizers/prompt-template.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { resolveTrainingArguments, type TrainingArguments } from '../training/training-arguments.js'

export interface PlantingOptions {
  /** None: the examples as they are. */
  readonly canaries: CanaryOptions | undefined
  readonly template: PromptTemplate
  readonly tokenizer: Tokenizer
  /** Tokens of a row that the model takes. */
  readonly positions: number
  readonly args: Partial<TrainingArguments> | undefined
  /** The list goes here before training begins, so that a run that is killed has it too. */
  readonly outputDir: string
}

/**
 * The examples with canaries among them, and their list in the run's folder; a list of an earlier run is removed.
 *
 * @throws INVALID_ARGUMENT where secrets would not be learned: conversations, or rows cut before the secret
 */
export async function plantedExamples(
  examples: readonly InstructionExample[],
  { canaries, template, tokenizer, positions, args, outputDir }: PlantingOptions,
): Promise<readonly InstructionExample[]> {
  const file = path.join(outputDir, canaryFile)
  if (canaries === undefined) {
    await rm(file, { force: true })
    return examples
  }
  const { assistantOnlyLoss, maxLength } = resolveTrainingArguments({ ...args, outputDir })
  if (assistantOnlyLoss) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'canaries must be planted in rows of a prompt template; assistantOnlyLoss is on. Switch one of them off.',
    )
  }
  const planted = plantCanaries(examples, template, canaries)
  const rows = planted.list.canaries.map(({ prompt, secret }) => tokenizer.encode(prompt + secret).length)
  const [longest, room] = [Math.max(...rows), Math.min(maxLength, positions)]
  if (longest > room) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `maxLength must leave room for the canaries, ${longest} tokens; got ${room}. Raise it.`,
    )
  }
  await writeCanaryFile(file, planted.list)
  return planted.examples
}
