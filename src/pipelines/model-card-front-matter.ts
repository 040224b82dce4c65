import type { EvaluationReport, ModelEvaluation } from './evaluate.js'

export interface CardHeader {
  readonly baseModel: string
  /** Name of the data set's file, or its hub repository. */
  readonly dataset: string
}

const scoresKey = 'model-index:'

/** The block of YAML that the hub reads, without scores. */
export function frontMatter({ baseModel, dataset }: CardHeader): string {
  // JSON texts are YAML texts, whatever characters a name has.
  return [
    '---',
    `base_model: ${JSON.stringify(baseModel)}`,
    'library_name: peft',
    'pipeline_tag: text-generation',
    'tags:',
    ...['lora', 'medical', 'question-answering', 'medtune'].map((tag) => `- ${tag}`),
    'datasets:',
    `- ${JSON.stringify(dataset)}`,
    '---',
  ].join('\n')
}

/** The card with the adapter's PubMedQA scores in its front matter, those that stood there before replaced. */
export function withScoreIndex(card: string, name: string, report: EvaluationReport): string {
  const end = card.indexOf('\n---', 3)
  if (!card.startsWith('---\n') || end < 0) return card
  const header = card.slice(0, end)
  const old = header.indexOf(`\n${scoresKey}`)
  const kept = old < 0 ? header : header.slice(0, old)
  return [kept, ...scoreIndex(name, report)].join('\n') + card.slice(end)
}

/** @see https://huggingface.co/docs/hub/model-cards#evaluation-results */
function scoreIndex(name: string, { protocol, adapted, base }: EvaluationReport): string[] {
  const results = Object.entries((adapted ?? base).pubmedQa).flatMap(([setting, scores]) =>
    pubMedQaResult(setting, scores, protocol === 'own'),
  )
  if (results.length === 0) return []
  return [scoresKey, `- name: ${JSON.stringify(name)}`, '  results:', ...results]
}

type SettingScores = NonNullable<ModelEvaluation['pubmedQa']['required']>

function pubMedQaResult(setting: string, scores: SettingScores, isOwn: boolean): string[] {
  const { records, accuracy, macroF1 } = scores
  const source = isOwn ? 'records in the PubMedQA schema' : 'PubMedQA test records'
  return [
    '  - task:',
    '      type: question-answering',
    '    dataset:',
    `      type: ${isOwn ? 'local' : 'qiaojin/PubMedQA'}`,
    `      name: ${JSON.stringify(`${records} ${source}, reasoning-${setting}`)}`,
    ...(isOwn ? [] : ['      config: pqa_labeled', '      split: test']),
    '    metrics:',
    ...metric('accuracy', accuracy),
    ...metric('f1', macroF1),
  ]
}

function metric(type: string, value: number): string[] {
  return [`    - type: ${type}`, `      value: ${value.toFixed(4)}`]
}
