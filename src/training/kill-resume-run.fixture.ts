// One run of the kill test, in a process of its own: prints `step N` after each update and a JSON line at the end.
//   tsx kill-resume-run.fixture.ts FORM OUTPUT_DIR [STEPS] (FORM: a `StartedForm` as JSON)
import { applyLora } from '../lora/apply-lora.js'
import type { CausalLM } from '../models/causal-lm.js'
import { loadModelOfSeed } from '../models/model-in-form.fixture.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { useBackend } from '../tensors/backend.js'
import type { StartedForm } from '../tensors/started-dtypes.fixture.js'
import { optimizerOf } from './long-run-forms.fixture.js'
import { SFTTrainer } from './sft-trainer.js'
import type { TrainingArguments } from './training-arguments.js'
import type { TrainingRow } from './training-row.js'

export const killRunRows: readonly TrainingRow[] = Array.from({ length: 23 }, (_, row) => ({
  inputIds: Array.from({ length: 4 + ((row * 7) % 19) }, (_, i) => (row * row + i * 3 + 1) % 11),
}))

/** Everything random is on: order, dropout, noise, the split. */
export const killRunArguments: Partial<TrainingArguments> = {
  maxSteps: 60,
  learningRate: 0.01,
  gradientAccumulationSteps: 2,
  loggingSteps: 1,
  saveSteps: 3,
  evalSteps: 10,
  evalFraction: 0.2,
  neftuneNoiseAlpha: 5,
  groupByLength: true,
}

/** Wide enough in 4 bits that the adapters have more values than are kept in float32 moments. */
export async function killRunModel(form: StartedForm): Promise<CausalLM> {
  const wide = form.loadIn4bit ? { hidden_size: 64, intermediate_size: 64 } : {}
  const model = await loadModelOfSeed({ config: { ...tinyConfig, ...wide }, seed: 5 }, form)
  applyLora(model, { r: form.loadIn4bit ? 64 : 4, loraDropout: 0.2, seed: 1 })
  return model
}

const [formText = '', outputDir, maxSteps = '60'] = process.argv.slice(2)
if (process.argv[1]?.includes('kill-resume-run') && outputDir !== undefined) {
  // A limit on file size must be an error of the write, not the end of the process.
  process.on('SIGXFSZ', () => undefined)
  const form = JSON.parse(formText) as StartedForm
  await useBackend(form.backend)
  const trainer = new SFTTrainer({
    model: await killRunModel(form),
    trainDataset: killRunRows,
    args: { ...killRunArguments, ...optimizerOf(form), maxSteps: Number(maxSteps), outputDir },
    callbacks: [{ onStepEnd: ({ step }) => void process.stdout.write(`step ${step}\n`) }],
  })
  const { log, evalLog, trainLoss, warnings } = await trainer.train('latest')
  const losses = [...log.map(({ loss }) => loss), ...evalLog.map(({ evalLoss }) => evalLoss), trainLoss]
  process.stdout.write(`${JSON.stringify({ losses, warnings })}\n`)
}
