import { writeFileAtomically } from '../../../atomic-file.js'
import { decisions } from '../../../evaluation/classification.js'
import { describeMemorization, type MemorizationReport } from '../../../evaluation/memorization.js'
import { describeVerdict, type Interval } from '../../../evaluation/pubmedqa-scores.js'
import { type EvaluationReport, evaluate, type ModelEvaluation } from '../../../pipelines/evaluate.js'
import { updateModelCard } from '../../../pipelines/model-card.js'
import { useBackend } from '../../../tensors/backend.js'
import { findPromptTemplate } from '../../../tokenizers/prompt-template-file.js'
import { snakeKeys } from '../../../training/training-log-file.js'
import { backendOption } from '../backend-option.js'
import { type Command, defineCommand } from '../command.js'
import { dtypeOption } from '../dtype-option.js'
import { exitCodes } from '../exit-codes.js'
import { fourBitOption } from '../four-bit-option.js'
import { hubProgress } from '../hub-progress.js'
import { loadProgress } from '../load-progress.js'
import type { Output } from '../output.js'
import type { Progress } from '../progress-bar.js'

export const evaluateCommand: Command = defineCommand({
  name: 'evaluate',
  description:
    'Measure a model, and the model with an adapter: PubMedQA by the likelihood of yes, no and maybe\n' +
    '(the 500 official test records where the file has them), perplexity on held-out records, and whether\n' +
    "secrets planted by train --canaries leak. Scores go into the adapter's model card.",
  usage: 'evaluate',
  options: {
    model: {
      type: 'string',
      valueName: 'DIR',
      description:
        'Model in Hugging Face layout, or its hub repository (default: what the adapter names, else the embedded one).',
    },
    adapter: { type: 'string', valueName: 'DIR', description: 'Adapter to compare the model with.' },
    dataset: { type: 'string', valueName: 'FILE', description: 'PubMedQA file (ori_pqal.json).' },
    setting: {
      type: 'string',
      choices: ['required', 'free', 'both'],
      default: 'both',
      description: 'Reasoning-required (reads the abstract), reasoning-free (reads its conclusion).',
    },
    ids: { type: 'string', valueName: 'FILE', description: 'Evaluate on these PMIDs only.' },
    limit: { type: 'integer', valueName: 'N', description: 'Only the first N records.' },
    perplexity: {
      type: 'string',
      valueName: 'FILE',
      description: 'Held-out records, as prepare writes them.',
    },
    promptTemplate: {
      type: 'string',
      valueName: 'NAME|FILE',
      default: 'alpaca',
      description: 'What the held-out records are put into.',
    },
    canaries: {
      type: 'string',
      valueName: 'FILE',
      description: 'Planted secrets to look for: canaries.json of an adapter trained with --canaries.',
    },
    report: { type: 'string', valueName: 'FILE', description: 'Write all figures and answers as JSON.' },
    ...dtypeOption,
    ...fourBitOption,
    ...backendOption,
  },
  examples: [
    {
      command: 'medtune evaluate --adapter lora_model_medical --dataset data/pubmedqa/ori_pqal.json',
      does: 'PubMedQA before and after training, on the official test records.',
    },
    {
      command: 'medtune evaluate --dataset ori_pqal.json --setting required --limit 50 --report scores.json',
      does: 'A quick look; figures and answers go to a file.',
    },
    { command: 'medtune evaluate --perplexity held_out.json', does: 'Perplexity alone.' },
    {
      command: 'medtune evaluate --adapter lora_model_medical --canaries lora_model_medical/canaries.json',
      does: 'Whether the adapter remembers what it was trained on.',
    },
  ],
  async run({ values, output, signal }) {
    const { name, threads, detail } = await useBackend(values.backend)
    output.print(`Backend   ${name}: ${detail}, ${threads} threads`)
    const { model, adapter, dataset, ids, limit, canaries, setting } = values
    const stages = stageBars(output)
    try {
      const report = await evaluate({
        ...{ model, adapter, dataset, ids, limit, canaries, signal, hub: hubProgress(output) },
        settings: setting === 'both' ? ['required', 'free'] : [setting],
        perplexityDataset: values.perplexity,
        load: { dtype: values.dtype, loadIn4bit: values.loadIn4bit, ...loadProgress(output) },
        template: await findPromptTemplate(values.promptTemplate),
        onProgress: stages.update,
      })
      stages.finish()
      print(report, output)
      if (values.report !== undefined) {
        await writeFileAtomically(values.report, `${JSON.stringify(snakeKeys(report), null, 2)}\n`)
        output.print(`Report    ${values.report}`)
      }
      const card = adapter === undefined ? undefined : await updateModelCard(adapter, report)
      if (card !== undefined) output.print(`Card      ${card}`)
      output.result({ ...report })
      return exitCodes.ok
    } finally {
      stages.finish()
    }
  },
})

/** One bar after the other. */
function stageBars(output: Output): {
  update: (stage: string, done: number, total: number) => void
  finish: () => void
} {
  let [current, bar]: [string, Progress | undefined] = ['', undefined]
  return {
    update: (stage, done, total) => {
      if (stage !== current) {
        bar?.finish()
        ;[current, bar] = [stage, output.progress({ label: stage, total })]
      }
      bar?.update(done)
    },
    finish: () => bar?.finish(),
  }
}

function print({ protocol, base, adapted }: EvaluationReport, output: Output): void {
  if (protocol === 'partial')
    output.warn('Not all 500 official test records: not comparable with published scores.')
  if (protocol === 'own') output.warn('Not the official test records: not comparable with published scores.')
  const models: [string, ModelEvaluation][] = [['Base model', base]]
  if (adapted !== undefined) models.push(['With adapter', adapted])
  for (const [name, { pubmedQa, perplexity, memorization }] of models) {
    for (const [setting, scores] of Object.entries(pubmedQa)) {
      const { records, accuracy, accuracyInterval, macroF1, macroF1Interval, majority, confusion } = scores
      output.print(`\n${name}, reasoning-${setting}, ${records} records`)
      output.print(
        `  accuracy  ${figure(accuracy, accuracyInterval)}  majority ${percent(majority.accuracy)}`,
      )
      output.print(`  macro-F1  ${figure(macroF1, macroF1Interval)}  majority ${percent(majority.macroF1)}`)
      output.print(`  gold \\ answer ${decisions.map((decision) => decision.padStart(6)).join('')}`)
      for (const [row, decision] of decisions.entries()) {
        const counts = (confusion[row] ?? []).map((count) => String(count).padStart(6)).join('')
        output.print(`  ${decision.padEnd(13)}${counts}`)
      }
      output.print(`  ${describeVerdict(scores)}`)
    }
    if (perplexity !== undefined) {
      const { perplexity: value, tokens, records, truncated } = perplexity
      output.print(`\n${name}: perplexity ${value.toFixed(3)} over ${tokens} tokens of ${records} records`)
      if (truncated > 0)
        output.print(
          `  ${truncated} records are longer than the model's positions; their ends were left out.`,
        )
    }
    if (memorization !== undefined) printMemorization(name, memorization, output)
  }
}

function printMemorization(name: string, report: MemorizationReport, output: Output): void {
  output.print(`\n${name}, memorization of ${report.canaries.length} planted secrets`)
  const ranks = report.canaries.map(({ rank }) => rank).join(', ')
  output.print(`  rank of each among ${report.canaries[0]?.candidates ?? 0} candidates: ${ranks}`)
  output.print(`  ${describeMemorization(report)}`)
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`
}

function figure(value: number, [low, high]: Interval): string {
  return `${percent(value)} (95 %: ${percent(low)} to ${percent(high)})`
}
