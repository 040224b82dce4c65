import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Benchmark, BenchmarkOptions, BenchmarkRow } from '../app/bench/benchmark.fixture.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { GenerateRun, GenerateTimes } from './generate-run.fixture.js'

/** The shape of a 135 M-parameter Llama. */
const config = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  vocab_size: 49152,
  tie_word_embeddings: true,
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  initializer_range: 0.02,
  hidden_act: 'silu',
  torch_dtype: 'float32',
}

const script = path.join(repositoryRoot, 'src/generation/generate-run.fixture.ts')
const peerScript = path.join(repositoryRoot, 'data/reference/peers/generate.py')

function runJson(command: string, args: readonly string[]): GenerateTimes {
  const child = spawnSync(command, args, { encoding: 'utf8' })
  if (child.status !== 0) throw new Error(`${args[0]} failed: ${child.stderr.slice(-1500)}`)
  return JSON.parse(child.stdout.trim().split('\n').pop() ?? '') as GenerateTimes
}

/** The best repetition: the machine's other load only ever slows one down. */
function row(what: string, { tokensPerSecond, last }: GenerateTimes): BenchmarkRow {
  return { what, tokensPerSecond: Number(Math.max(...tokensPerSecond).toFixed(1)), lastToken: last }
}

function compare(directory: string, { python, quick }: BenchmarkOptions): BenchmarkRow[] {
  const [promptTokens, newTokens, repetitions] = quick ? [32, 16, 2] : [256, 64, 3]
  const rows: BenchmarkRow[] = []
  if (python !== undefined) {
    const sizes = ['--prompt', `${promptTokens}`, '--new', `${newTokens}`, '--repeat', `${repetitions}`]
    rows.push(row('transformers', runJson(python, [peerScript, '--model', directory, ...sizes])))
  }
  for (const backend of startedBackends.filter((name) => name !== 'cpu')) {
    const options: GenerateRun = { backend, promptTokens, newTokens, repetitions }
    const args = ['--import', 'tsx', script, 'run', directory, JSON.stringify(options)]
    rows.push(row(`medtune ${backend}`, runJson(process.execPath, args)))
  }
  return rows
}

export const benchmark: Benchmark = {
  name: 'generate',
  suite: 'cpu',
  description:
    'Greedy generation, 135 M Llama shape, float32, 256 prompt and 64 new tokens, beside transformers',
  async run(options) {
    const directory = mkdtempSync(path.join(tmpdir(), 'medtune-bench-'))
    try {
      const made = spawnSync(process.execPath, [
        '--import',
        'tsx',
        script,
        'make',
        directory,
        JSON.stringify(config),
      ])
      if (made.status !== 0) throw new Error(String(made.stderr))
      return compare(directory, options)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  },
}
