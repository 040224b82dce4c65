import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Benchmark, BenchmarkOptions, BenchmarkRow } from '../app/bench/benchmark.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { StepOptions, StepTimes } from './lora-step-run.fixture.js'

/** The shape of a 135 M-parameter Llama. */
const shape = {
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
  bos_token_id: 1,
  eos_token_id: 2,
  torch_dtype: 'float32',
  architectures: ['LlamaForCausalLM'],
}

const script = path.join(repositoryRoot, 'src/training/lora-step-run.fixture.ts')
const peerScript = path.join(repositoryRoot, 'data/reference/peers/lora_step.py')

function runJson(command: string, args: readonly string[]): StepTimes | undefined {
  const child = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const line = child.stdout.trim().split('\n').pop() ?? ''
  if (child.status === 0) return JSON.parse(line) as StepTimes
  console.log(child.stderr.slice(-1500))
  return undefined
}

function runOurs(directory: string, options: StepOptions): StepTimes | undefined {
  return runJson(process.execPath, ['--import', 'tsx', script, 'run', directory, JSON.stringify(options)])
}

function runPeer(python: string, directory: string, options: StepOptions): StepTimes | undefined {
  const sizes = [
    '--batch',
    `${options.batch}`,
    '--length',
    `${options.length}`,
    '--steps',
    `${options.steps}`,
  ]
  const flags = options.checkpointing ? ['--checkpointing'] : []
  return runJson(python, [peerScript, '--model', directory, ...sizes, ...flags])
}

/** Best step after the first of each run, and the middle one of these: the machine's other load only ever adds. */
function figures(runs: readonly (StepTimes | undefined)[]): {
  seconds: number
  peakMb: number
  loss: number
} {
  const best = runs.flatMap((run) => (run === undefined ? [] : [Math.min(...run.seconds.slice(1))]))
  const peaks = runs.flatMap((run) => (run === undefined ? [] : [run.peakMb]))
  const middle = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
  return { seconds: middle(best), peakMb: middle(peaks), loss: runs[0]?.losses[0] ?? Number.NaN }
}

function row(
  what: string,
  runs: readonly (StepTimes | undefined)[],
  options: StepOptions,
  peer?: BenchmarkRow,
): BenchmarkRow {
  const { seconds, peakMb, loss } = figures(runs)
  const tokens = options.batch * options.length
  const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
  const ratios =
    peer === undefined
      ? {}
      : {
          timeRatio: rounded(seconds / Number(peer.secondsPerStep), 3),
          memoryRatio: rounded(peakMb / Number(peer.peakMegabytes), 3),
        }
  return {
    what: `${what}${options.checkpointing ? ', checkpointed' : ''}`,
    secondsPerStep: rounded(seconds, 3),
    tokensPerSecond: rounded(tokens / seconds, 1),
    peakMegabytes: Math.round(peakMb),
    firstLoss: rounded(loss, 5),
    ...ratios,
  }
}

function compare(directory: string, { python, quick, rest }: BenchmarkOptions): BenchmarkRow[] {
  const rows: BenchmarkRow[] = []
  const repetitions = quick ? 1 : 3
  for (const checkpointing of [false, true]) {
    const options: StepOptions = {
      backend: 'native',
      batch: 2,
      length: quick ? 128 : 512,
      steps: 4,
      checkpointing,
    }
    const ours: (StepTimes | undefined)[] = []
    const theirs: (StepTimes | undefined)[] = []
    for (let repetition = 0; repetition < repetitions; repetition++) {
      if (python !== undefined) theirs.push(runPeer(python, directory, options))
      ours.push(runOurs(directory, options))
    }
    const peer = python === undefined ? undefined : row('peft + torch', theirs, options)
    rows.push(...(peer === undefined ? [] : [peer]), row('medtune native', ours, options, peer))
  }
  if (rest.includes('native-only')) return rows
  const wasm: StepOptions = {
    backend: 'wasm',
    batch: 2,
    length: quick ? 128 : 512,
    steps: 2,
    checkpointing: false,
  }
  rows.push(row('medtune wasm', [runOurs(directory, wasm)], wasm))
  return rows
}

export const benchmark: Benchmark = {
  name: 'lora-step',
  suite: 'cpu',
  description:
    'LoRA step with AdamW, 135 M Llama shape, batch 2 × 512, r 16 on 7 modules, float32, beside peft + torch',
  async run(options) {
    const directory = mkdtempSync(path.join(tmpdir(), 'medtune-bench-'))
    try {
      const made = spawnSync(process.execPath, [
        '--import',
        'tsx',
        script,
        'make',
        directory,
        JSON.stringify(shape),
      ])
      if (made.status !== 0) throw new Error(String(made.stderr))
      return compare(directory, options)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  },
}
