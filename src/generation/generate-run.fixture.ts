// Times greedy generation: one side of `generate.bench.ts`, in a process of its own. Prints one JSON line.
//   tsx generate-run.fixture.ts DIR OPTIONS_JSON
import { loadCausalLM } from '../models/load-causal-lm.js'
import type { BackendName } from '../tensors/backend.js'
import { generate } from './generate.js'

export interface GenerateRun {
  readonly backend: BackendName
  readonly promptTokens: number
  readonly newTokens: number
  readonly repetitions: number
  readonly dtype: 'float32' | 'bfloat16'
  /** Packs the weights in 4 bits while they load. */
  readonly loadIn4bit?: boolean
}

export interface GenerateTimes {
  /** New tokens over the whole time, prompt included, of each repetition. */
  readonly tokensPerSecond: readonly number[]
  readonly last: number
  /** Of all threads, for each repetition: what other load on the machine changes less than the time. */
  readonly cpuSeconds: readonly number[]
  /** Largest resident memory of the process, loading included. */
  readonly peakMb: number
  /** Ours only: most bytes of tensors alive at a time, on a card its memory. */
  readonly peakTensorMb?: number
}

async function run(directory: string, options: GenerateRun): Promise<GenerateTimes> {
  const { backend, promptTokens, newTokens, repetitions, dtype, loadIn4bit = false } = options
  const model = await loadCausalLM(directory, { backend, dtype, loadIn4bit })
  const prompt = Array.from({ length: promptTokens }, (_, i) => (i * 7919) % model.config.vocabSize)
  const tokensPerSecond: number[] = []
  const cpuSeconds: number[] = []
  let last = -1
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const startedAtMs = performance.now()
    const cpuAtStart = process.cpuUsage()
    const ids = await generate(model, prompt, { maxNewTokens: newTokens, eosTokenId: [] })
    tokensPerSecond.push((ids.length * 1000) / (performance.now() - startedAtMs))
    const { user, system } = process.cpuUsage(cpuAtStart)
    cpuSeconds.push((user + system) / 1e6)
    last = ids.at(-1) ?? -1
  }
  const peakTensorMb = model.ops.memory().peakBytes / 2 ** 20
  return { tokensPerSecond, cpuSeconds, last, peakTensorMb, peakMb: process.resourceUsage().maxRSS / 1024 }
}

const [directory = '', json = '{}'] = process.argv.slice(2)
process.stdout.write(`${JSON.stringify(await run(directory, JSON.parse(json) as GenerateRun))}\n`)
