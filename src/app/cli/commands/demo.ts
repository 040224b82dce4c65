import path from 'node:path'
import { sampleDatasetFile } from '../../../datasets/default-dataset.js'
import { answerQuestion } from '../../../pipelines/answer-question.js'
import { defaultModelDirectory } from '../../../pipelines/default-model.js'
import { exampleQuestions } from '../../../pipelines/example-questions.js'
import { type FinetuneReport, finetune } from '../../../pipelines/finetune.js'
import { loadTrainedModel } from '../../../pipelines/load-trained-model.js'
import { prepareDataset } from '../../../pipelines/prepare-dataset.js'
import { useBackend } from '../../../tensors/backend.js'
import { backendOption } from '../backend-option.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import type { Output } from '../output.js'
import { announcement, trainingBar } from '../training-report.js'

/** Enough updates for the loss to fall visibly, few enough for two minutes on two cores without TensorFlow. */
const demoTraining = { maxSteps: 30, gradientAccumulationSteps: 2, warmupSteps: 2, learningRate: 4e-3 }

export const demoCommand: Command = defineCommand({
  name: 'demo',
  description:
    'The whole job without a network or any set-up: prepares the sample data, fine-tunes the embedded model, asks it a question.\n' +
    'The embedded model is a demonstration: it shows that everything works, its answers are no medical advice.',
  usage: 'demo',
  options: {
    outputDir: {
      type: 'string',
      valueName: 'DIR',
      default: 'outputs/demo',
      description: 'Where prepared data and adapter go.',
    },
    maxSteps: { type: 'integer', default: demoTraining.maxSteps, description: 'Updates.' },
    ...backendOption,
  },
  examples: [{ command: 'medtune demo', does: 'Runs everything once, in a minute or two.' }],
  async run({ values, output, signal }) {
    const startedAt = performance.now()
    const { outputDir } = values
    const backend = await useBackend(values.backend)
    output.print(`Backend   ${backend.name}: ${backend.detail}, ${backend.threads} threads`)

    output.print('\n1. Prepare the sample data')
    const prepared = await prepareDataset({ input: sampleDatasetFile, outputDir, signal })
    const identifiers = Object.values(prepared.preprocess?.redactions ?? {}).reduce(
      (sum, count) => sum + count,
      0,
    )
    output.print(
      `Anonymized ${prepared.preprocess?.written ?? 0} records, ${identifiers} identifiers replaced`,
    )
    output.print(`Written   ${prepared.trainingFile}: ${prepared.format?.examples ?? 0} training examples`)

    output.print('\n2. Fine-tune the embedded model with LoRA')
    const report = await finetune({
      model: defaultModelDirectory,
      dataset: prepared.trainingFile,
      outputDir: path.join(outputDir, 'lora_model_medical'),
      args: { ...demoTraining, maxSteps: values.maxSteps },
      callbacks: [announcement(output), trainingBar(output)],
      signal,
    })
    for (const line of lossLines(report)) output.print(line)
    output.print(`Saved     ${report.outputDir}`)
    if (report.status === 'stopped') return exitCodes.interrupted

    output.print('\n3. Ask the fine-tuned model')
    const answer = await askOnce(report.outputDir, output, signal)
    const seconds = (performance.now() - startedAt) / 1000
    output.print(
      `\nDone in ${seconds.toFixed(1)} s. The model is a demonstration: its answers are no medical advice.`,
    )
    output.result({ ...report, backend: backend.name, seconds, answer })
    return exitCodes.ok
  },
})

/** The loss along the way, in about ten lines, each the mean of a few updates. */
function lossLines({ log, seconds, diagnosis }: FinetuneReport): string[] {
  const perLine = Math.max(1, Math.ceil(log.length / 10))
  const windows = Array.from({ length: Math.ceil(log.length / perLine) }, (_, i) =>
    log.slice(i * perLine, (i + 1) * perLine),
  )
  const lines = windows.map((entries) => {
    const loss = entries.reduce((sum, entry) => sum + entry.loss, 0) / entries.length
    const updates = `${entries[0]?.step}–${entries.at(-1)?.step}`
    return `  updates ${updates.padEnd(6)} loss ${loss.toFixed(4)}  ${'█'.repeat(Math.round(5 * loss))}`
  })
  const trained = `Trained   ${log.length} updates in ${seconds.toFixed(1)} s`
  return [...lines, trained, ...(diagnosis === undefined ? [] : [diagnosis])]
}

async function askOnce(adapter: string, output: Output, signal: AbortSignal): Promise<string> {
  const [question] = exampleQuestions
  if (question === undefined) return ''
  const { model, tokenizer } = await loadTrainedModel(adapter)
  try {
    output.print(`Question  ${question.question}`)
    output.write('Answer    ')
    const { text, tokens, seconds } = await answerQuestion(question, {
      ...{ model, tokenizer, signal },
      generation: { maxNewTokens: 80, repetitionPenalty: 1.1 },
      onText: (piece) => output.write(piece),
    })
    output.print(`\n          (${tokens} tokens, ${(tokens / seconds).toFixed(1)} per second)`)
    return text
  } finally {
    model.dispose()
  }
}
