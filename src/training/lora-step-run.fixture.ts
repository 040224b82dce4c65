// Times the LoRA step: one side of `lora-step.bench.ts`, in a process of its own so that its peak memory is its own. Prints one JSON line.
//   tsx lora-step-run.fixture.ts DIR OPTIONS_JSON
import { applyLora } from '../lora/apply-lora.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import type { BackendName } from '../tensors/backend.js'
import { SFTTrainer } from './sft-trainer.js'

export interface StepOptions {
  readonly backend: BackendName
  readonly batch: number
  readonly length: number
  readonly steps: number
  readonly checkpointing: boolean
  readonly dtype: 'float32' | 'bfloat16'
}

export interface StepTimes {
  readonly seconds: readonly number[]
  readonly losses: readonly number[]
  readonly peakMb: number
}

async function run(directory: string, options: StepOptions): Promise<StepTimes> {
  const { backend, batch, length, steps, checkpointing, dtype } = options
  const model = await loadCausalLM(directory, { backend, dtype })
  applyLora(model, { r: 16, loraAlpha: 16, targetModules: 'all-linear', seed: 1 })
  const rows = Array.from({ length: batch }, (_, row) => ({
    inputIds: Array.from({ length }, (_, i) => ((row * length + i) * 7919) % model.config.vocabSize),
  }))
  const seconds: number[] = []
  let startedAtMs = performance.now()
  const trainer = new SFTTrainer({
    model,
    trainDataset: rows,
    args: {
      maxSteps: steps,
      warmupSteps: 0,
      lrSchedulerType: 'constant',
      perDeviceTrainBatchSize: batch,
      gradientAccumulationSteps: 1,
      shuffle: false,
      gradientCheckpointing: checkpointing,
    },
    callbacks: [
      {
        onLog: () => {
          seconds.push((performance.now() - startedAtMs) / 1000)
          startedAtMs = performance.now()
        },
      },
    ],
  })
  startedAtMs = performance.now()
  const { log } = await trainer.train()
  return { seconds, losses: log.map((entry) => entry.loss), peakMb: process.resourceUsage().maxRSS / 1024 }
}

const [directory = '', json = '{}'] = process.argv.slice(2)
process.stdout.write(`${JSON.stringify(await run(directory, JSON.parse(json) as StepOptions))}\n`)
