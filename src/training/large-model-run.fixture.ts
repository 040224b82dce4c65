// Loads a checkpoint, trains a few updates of a LoRA adapter on it and prints memory and time: one run of
// `large-model.bench.ts`, in a process of its own. Prints one JSON line.
//   tsx large-model-run.fixture.ts DIR SETTINGS_JSON
import { applyLora } from '../lora/apply-lora.js'
import { type LoadOptions, loadCausalLM } from '../models/load-causal-lm.js'
import { type BackendName, useBackend } from '../tensors/backend.js'
import { openCheckpoint } from '../tensors/safetensors-checkpoint.js'
import { SFTTrainer } from './sft-trainer.js'
import type { TrainingArguments } from './training-arguments.js'

export interface LargeModelSettings {
  readonly backend: BackendName
  readonly load: Pick<LoadOptions, 'dtype' | 'loadIn4bit'>
  /** T; 0 only loads. */
  readonly length: number
  readonly updates: number
  readonly args?: Partial<TrainingArguments>
}

export interface LargeModelFigures {
  readonly runtimeBytes: number
  readonly largestTensorBytes: number
  readonly loadSeconds: number
  /** Of the process when everything is loaded, and what the backend holds of it then. */
  readonly loadPeakBytes: number
  readonly weightBytes: number
  readonly losses: readonly number[]
  readonly updateSeconds: readonly number[]
  readonly peakBytes: number
}

const [directory = '', json = '{}'] = process.argv.slice(2)
const { backend, load, length, updates, args } = JSON.parse(json) as LargeModelSettings
const peak = (): number => process.resourceUsage().maxRSS * 1024

const checkpoint = await openCheckpoint(directory)
const largestTensorBytes = Math.max(...checkpoint.names.map((name) => checkpoint.info(name).sizeBytes))
await checkpoint.close()
const { ops } = await useBackend(backend)
const runtimeBytes = process.memoryUsage.rss()
const begin = performance.now()
const model = await loadCausalLM(directory, load)
const loadSeconds = (performance.now() - begin) / 1000
const loaded = { runtimeBytes, largestTensorBytes, loadSeconds, loadPeakBytes: peak() }
const weightBytes = ops.memory().bytes
const losses: number[] = []
const updateSeconds: number[] = []
if (length > 0) {
  applyLora(model)
  const inputIds = Array.from({ length }, (_, i) => (i * 7919) % model.config.vocabSize)
  let last = performance.now()
  const trainer = new SFTTrainer({
    model,
    trainDataset: [{ inputIds }],
    args: {
      ...{ maxSteps: updates, warmupSteps: 0, maxLength: length, gradientCheckpointing: true },
      ...{ perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 1, optim: 'adamw_8bit', ...args },
    },
    callbacks: [
      {
        onStepEnd: () => {
          updateSeconds.push((performance.now() - last) / 1000)
          last = performance.now()
        },
        onLog: ({ loss }) => {
          losses.push(loss)
        },
      },
    ],
  })
  await trainer.train()
}
model.dispose()
const figures: LargeModelFigures = {
  ...{ ...loaded, weightBytes, losses, updateSeconds },
  peakBytes: peak(),
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
