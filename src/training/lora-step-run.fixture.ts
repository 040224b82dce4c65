// Times the LoRA step: one side of `lora-step.bench.ts`, in a process of its own so that its peak memory is its own. Prints one JSON line.
//   tsx lora-step-run.fixture.ts DIR OPTIONS_JSON
import { applyLora } from '../lora/apply-lora.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import type { BackendName } from '../tensors/backend.js'
import type { Ops } from '../tensors/ops.js'
import { flopsPerStep } from './flops-per-token.js'
import { SFTTrainer } from './sft-trainer.js'

export interface StepOptions {
  readonly backend: BackendName
  readonly batch: number
  readonly length: number
  readonly steps: number
  readonly checkpointing: boolean
  readonly dtype: 'float32' | 'bfloat16'
  /** Measure the rate of a large product after the steps, the ceiling that their own rate is a share of. */
  readonly ceiling?: boolean
}

export interface StepTimes {
  readonly seconds: readonly number[]
  readonly losses: readonly number[]
  readonly peakMb: number
  /** Ours only: model FLOPs of a step, attention's products included, without what checkpointing repeats. */
  readonly flopsPerStep?: number
  /** Ours only: most bytes of tensors alive at a time, on a card its memory. */
  readonly peakTensorMb?: number
  /** Ours only: FLOPs per second of a square product in the dtype of the run. */
  readonly ceilingFlopsPerSecond?: number | undefined
}

/** Long enough that other load of the machine leaves a product or two alone. */
const ceilingMs = 3000

/** FLOPs per second of the best of some products of `size` × `size` matrices, each read back so that it is done. */
async function measureCeiling(ops: Ops, dtype: StepOptions['dtype']): Promise<number> {
  const size = ops.name === 'cuda' ? 8192 : 2048
  const x = ops.full([size, size], 0.5, dtype)
  const product = async (): Promise<number> => {
    const startedMs = performance.now()
    const result = ops.matmul(x, x)
    const corner = ops.slice(result, [0, 0], [1, 1])
    await ops.read(corner)
    const seconds = (performance.now() - startedMs) / 1000
    ops.free(result, corner)
    return seconds
  }
  const startedMs = performance.now()
  const times: number[] = []
  while (times.length < 5 || performance.now() - startedMs < ceilingMs) times.push(await product())
  ops.free(x)
  return (2 * size ** 3) / Math.min(...times)
}

async function run(directory: string, options: StepOptions): Promise<StepTimes> {
  const { backend, batch, length, steps, checkpointing, dtype, ceiling = false } = options
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
  // Before the large products, which are no part of the training.
  const peaks = {
    peakMb: process.resourceUsage().maxRSS / 1024,
    peakTensorMb: model.ops.memory().peakBytes / 2 ** 20,
  }
  const losses = log.map((entry) => entry.loss)
  const times = { ...peaks, seconds, losses, flopsPerStep: flopsPerStep(model, { count: batch, length }) }
  return ceiling ? { ...times, ceilingFlopsPerSecond: await measureCeiling(model.ops, dtype) } : times
}

const [directory = '', json = '{}'] = process.argv.slice(2)
process.stdout.write(`${JSON.stringify(await run(directory, JSON.parse(json) as StepOptions))}\n`)
