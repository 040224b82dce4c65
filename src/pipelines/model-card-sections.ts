import { decisions } from '../evaluation/classification.js'
import { describeMemorization } from '../evaluation/memorization.js'
import { describeVerdict, type Interval } from '../evaluation/pubmedqa-scores.js'
import type { EvaluationReport, ModelEvaluation } from './evaluate.js'
import type { ModelCardData, StoredTrainingLog } from './model-card.js'

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`
const range = ([low, high]: Interval): string => `${percent(low)} to ${percent(high)}`

/** A Markdown table; nothing where there are no rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), '']
}

export function dataSection({ dataset, examples, evalExamples, canaries, audit }: ModelCardData): string[] {
  const rows = [
    ['training file', `\`${dataset}\``],
    ['training examples', String(examples)],
    ...(evalExamples === undefined ? [] : [['evaluation examples', String(evalExamples)]]),
    ...(canaries === undefined
      ? []
      : [
          [
            'planted canaries',
            `${canaries.count}, made-up secrets; times each was planted: ${canaries.repeats ?? 1}`,
          ],
        ]),
  ]
  const lines = ['## Data', '', ...table(['what', 'figure'], rows), '### De-identification', '']
  if (audit === undefined) {
    return [...lines, 'No audit of a de-identification lies beside the training file.', '']
  }
  const counts = Object.entries(audit.byType).map(([type, count]) => [type, String(count)])
  return [
    ...lines,
    `Profile \`${audit.profile}\`, strategy \`${audit.strategy}\`: identifiers were found and replaced in ` +
      `${audit.documentsWithFindings} of ${audit.documents} texts. Rules find what they know; they do not prove that nothing is left.`,
    '',
    ...table(['kind', 'replaced'], counts),
    `Configuration \`${audit.configurationHash.slice(0, 16)}\`.`,
    '',
  ]
}

export function trainingSection(log: StoredTrainingLog): string[] {
  const { lora, trainingArguments: args } = log
  const targets = Array.isArray(lora?.targetModules) ? lora.targetModules.join(', ') : lora?.targetModules
  const rows = [
    ['LoRA', `r ${lora?.r}, alpha ${lora?.loraAlpha}, dropout ${lora?.loraDropout}`],
    ['target modules', String(targets)],
    ['parameters trained', String(log.trainableParameters)],
    ['updates', `${log.steps} (${log.status})`],
    ['rows per update', `${args.perDeviceTrainBatchSize} × ${args.gradientAccumulationSteps}`],
    [
      'learning rate',
      `${args.learningRate}, ${args.lrSchedulerType}, ${args.warmupSteps} updates of warm-up`,
    ],
    ['longest row', `${args.maxLength} tokens`],
    ['weight decay', String(args.weightDecay)],
    ['seed', String(args.seed)],
    ['backend', log.backend],
    ['duration', `${log.trainRuntime.toFixed(1)} s`],
  ]
  return ['## Training', '', ...table(['setting', 'value'], rows)]
}

const curvePoints = 10

/** The curve as a picture, and a few of its points for readers without one. */
export function lossSection({ log, evalLog, trainLoss }: StoredTrainingLog, picture: string): string[] {
  const chosen = new Set(
    Array.from({ length: curvePoints }, (_, i) => Math.round((i * (log.length - 1)) / (curvePoints - 1))),
  )
  const points = log.filter((_, i) => chosen.has(i)).map(({ step, loss }) => [String(step), loss.toFixed(4)])
  const held = evalLog.map(({ step, evalLoss }) => [String(step), evalLoss.toFixed(4)])
  return [
    '### Loss',
    '',
    `![Training loss](${picture})`,
    '',
    `Mean over the run: ${trainLoss.toFixed(4)}.`,
    '',
    ...table(['update', 'loss'], points),
    ...table(['update', 'loss on the evaluation examples'], held),
  ]
}

/** What `medtune evaluate` measured, without and with the adapter. */
export function scoreSection({ protocol, base, adapted }: EvaluationReport): string[] {
  const models: [string, ModelEvaluation][] = [['base', base]]
  if (adapted !== undefined) models.push(['with adapter', adapted])
  const answered = models.flatMap(([name, { pubmedQa }]) =>
    Object.entries(pubmedQa).map(([setting, scores]) => ({ name, setting, scores })),
  )
  const lines = table(
    ['PubMedQA', 'model', 'records', 'accuracy (95 %)', 'macro-F1 (95 %)', 'recall yes / no / maybe'],
    answered.map(({ name, setting, scores }) => [
      ...[`reasoning-${setting}`, name, String(scores.records)],
      `${percent(scores.accuracy)} (${range(scores.accuracyInterval)})`,
      `${percent(scores.macroF1)} (${range(scores.macroF1Interval)})`,
      decisions.map((decision) => percent(scores.recall[decision])).join(' / '),
    ]),
  )
  const held = models.flatMap(([name, { perplexity: found }]) =>
    found === undefined
      ? []
      : [[name, found.perplexity.toFixed(3), String(found.records), String(found.tokens)]],
  )
  return [
    ...lines,
    ...answered.map(
      ({ name, setting, scores }) => `- ${name}, reasoning-${setting}: ${describeVerdict(scores)}`,
    ),
    ...(protocol === undefined || protocol === 'official'
      ? []
      : ['', 'Not the 500 official test records: not comparable with published scores.']),
    ...(answered.length > 0 ? [''] : []),
    ...table(['model', 'perplexity', 'records', 'tokens'], held),
    ...models.flatMap(([name, { memorization }]) =>
      memorization === undefined ? [] : [`- Memorization, ${name}: ${describeMemorization(memorization)}`],
    ),
  ]
}

export const useSection: readonly string[] = [
  '## Intended use and limits',
  '',
  'For research and teaching on questions about biomedical abstracts. Not a medical device: its answers are generated',
  'text, may be wrong or made up, and must not decide about a patient. It was trained on the data named above and knows',
  'nothing of other languages, fields or dates than those. Scores hold for the records they were measured on. A model',
  'can remember what it was trained on: check for leaks (`medtune train --canaries`, `medtune evaluate --canaries`)',
  'before it is given away, and keep it under the rules of its training data.',
  '',
]
