import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { AuditReport } from '../anonymization/audit.js'
import { writeFileAtomically } from '../atomic-file.js'
import type { CanaryOptions } from '../evaluation/canaries.js'
import { readAdapterConfig } from '../lora/load-adapter.js'
import type { LoraConfig } from '../lora/lora-config.js'
import { figureBundle } from '../plots/figure.js'
import { lossCurve } from '../plots/loss-curve.js'
import type { TrainingArguments } from '../training/training-arguments.js'
import { camelKeys, type TrainingLogSummary } from '../training/training-log-file.js'
import type { EvaluationReport } from './evaluate.js'
import { frontMatter, withScoreIndex } from './model-card-front-matter.js'
import { dataSection, lossSection, scoreSection, trainingSection, useSection } from './model-card-sections.js'

/** What a card says of the data; names and counts only. */
export interface ModelCardData {
  /** Name of the training file, without its folder. */
  readonly dataset: string
  readonly examples: number
  readonly evalExamples?: number | undefined
  readonly canaries?: Pick<CanaryOptions, 'count' | 'repeats'> | undefined
  readonly audit?: AuditReport | undefined
}

/** `training_log.json` as a card reads it. */
export interface StoredTrainingLog extends Omit<TrainingLogSummary, 'seconds'> {
  readonly backend: string
  readonly trainableParameters: number
  readonly trainingArguments: TrainingArguments
  readonly lora: LoraConfig | null
  readonly steps: number
  readonly trainRuntime: number
}

const cardFile = 'README.md'
const curveFile = 'loss_curve.svg'
const scoresBegin = '<!-- medtune evaluate: begin -->'
const scoresEnd = '<!-- medtune evaluate: end -->'

/**
 * Writes an adapter's model card (`README.md`, with the front matter of the hub) and its loss curve from what a run left
 * in its folder. Scores of an earlier adapter are gone with it.
 *
 * @throws FILE_UNWRITABLE; as `readAdapterConfig`
 */
export async function writeModelCard(directory: string, data: ModelCardData): Promise<void> {
  const log = camelKeys(JSON.parse(await readFile(path.join(directory, 'training_log.json'), 'utf8')))
  const stored = log as StoredTrainingLog
  const { baseModel = '' } = await readAdapterConfig(directory)
  const curve = figureBundle(lossCurve(stored.log))?.['image/svg+xml'] ?? ''
  await writeFileAtomically(path.join(directory, curveFile), curve)
  const lines = [
    frontMatter({ baseModel, dataset: data.dataset.replace(/\.jsonl?$/, '') }),
    '',
    `# LoRA adapter for ${path.basename(baseModel)}`,
    '',
    `Trained by medtune on the base model \`${baseModel}\`. Load it with \`loadAdapter\` of medtune or with`,
    '`PeftModel.from_pretrained` of PEFT, on the same base model.',
    '',
    ...dataSection(data),
    ...trainingSection(stored),
    ...lossSection(stored, curveFile),
    '## Scores',
    '',
    ...[scoresBegin, 'Not evaluated yet: `medtune evaluate --adapter DIR`.', scoresEnd, ''],
    ...useSection,
  ]
  await writeFileAtomically(path.join(directory, cardFile), lines.join('\n'))
}

/**
 * Puts an evaluation into an adapter's card, in the place of the one before it.
 *
 * @returns the card's file, or undefined where the folder holds no card of ours: one that somebody else wrote stays as it is
 * @throws FILE_UNWRITABLE
 */
export async function updateModelCard(
  directory: string,
  report: EvaluationReport,
): Promise<string | undefined> {
  const file = path.join(directory, cardFile)
  const card = await readFile(file, 'utf8').catch(() => '')
  const [begin, end] = [card.indexOf(scoresBegin), card.indexOf(scoresEnd)]
  if (begin < 0 || end < begin) return undefined
  const section = [scoresBegin, ...scoreSection(report)].join('\n').trimEnd()
  const updated = `${card.slice(0, begin)}${section}\n${card.slice(end)}`
  await writeFileAtomically(file, withScoreIndex(updated, path.basename(path.resolve(directory)), report))
  return file
}
