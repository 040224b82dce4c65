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
}

export interface GenerateTimes {
  /** New tokens over the whole time, prompt included, of each repetition. */
  readonly tokensPerSecond: readonly number[]
  readonly last: number
}

async function run(directory: string, options: GenerateRun): Promise<GenerateTimes> {
  const { backend, promptTokens, newTokens, repetitions, dtype } = options
  const model = await loadCausalLM(directory, { backend, dtype })
  const prompt = Array.from({ length: promptTokens }, (_, i) => (i * 7919) % model.config.vocabSize)
  const tokensPerSecond: number[] = []
  let last = -1
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const startedAtMs = performance.now()
    const ids = await generate(model, prompt, { maxNewTokens: newTokens, eosTokenId: [] })
    tokensPerSecond.push((ids.length * 1000) / (performance.now() - startedAtMs))
    last = ids.at(-1) ?? -1
  }
  return { tokensPerSecond, last }
}

const [directory = '', json = '{}'] = process.argv.slice(2)
process.stdout.write(`${JSON.stringify(await run(directory, JSON.parse(json) as GenerateRun))}\n`)
