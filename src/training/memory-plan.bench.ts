import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Benchmark, type BenchmarkRow, runJson } from '../app/bench/benchmark.fixture.js'
import { measureCases } from '../app/bench/measure-cases.fixture.js'
import type { LoraConfig } from '../lora/lora-config.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { interpretConfig } from '../models/model-folder.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import { repositoryRoot } from '../test-data.fixture.js'
import { type MemorySettings, planMemory } from './memory-plan.js'

const script = path.join(repositoryRoot, 'src/training/memory-plan-run.fixture.ts')

/** Hidden size, feed-forward size, layers, heads, key heads, vocabulary; batch, length, checkpointing. */
type Shape = readonly [number, number, number, number, number, number, number, number, boolean]

export interface MemoryCase {
  readonly shape: Shape
  /** Fields of config.json beside the shape; a llama with a tied head without them. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly lora?: Partial<LoraConfig>
  /** Weights, dtype and optimizer; float32 and AdamW without them. */
  readonly held?: Partial<Pick<MemorySettings, 'weights' | 'dtype' | 'optim'>>
}

/** The plan's measured constants come from these. */
export const fittedCases: readonly MemoryCase[] = [
  { shape: [512, 1536, 8, 8, 4, 16_000, 2, 256, false] },
  { shape: [512, 1536, 8, 8, 4, 16_000, 4, 512, false] },
  { shape: [512, 1536, 8, 8, 4, 16_000, 4, 512, true] },
  { shape: [1024, 2816, 6, 16, 4, 32_000, 1, 512, false] },
  { shape: [384, 1024, 24, 6, 2, 8000, 2, 512, false] },
  { shape: [768, 2048, 12, 12, 12, 32_000, 1, 1024, true] },
  { shape: [512, 1408, 6, 8, 8, 64_000, 1, 1536, false] },
  {
    shape: [512, 2048, 6, 4, 1, 96_000, 2, 256, true],
    config: { model_type: 'gemma', head_dim: 256, hidden_activation: 'gelu_pytorch_tanh', pad_token_id: 0 },
  },
  {
    shape: [512, 1408, 8, 8, 4, 32_000, 2, 512, false],
    config: { tie_word_embeddings: false },
    lora: { modulesToSave: ['lm_head'] },
  },
  {
    shape: [384, 1152, 8, 6, 6, 20_000, 2, 256, false],
    config: { tie_word_embeddings: false },
    lora: { modulesToSave: ['embed_tokens', 'lm_head'] },
  },
]

/** The documented way: 4 bits, products in bfloat16, 8-bit moments. */
export const qlora = { weights: 'nf4', dtype: 'bfloat16', optim: 'adamw_8bit' } as const

/** Nothing in the plan was chosen by these. */
export const heldOutCases: readonly MemoryCase[] = [
  { shape: [640, 1728, 10, 10, 5, 24_000, 3, 320, false] },
  {
    shape: [512, 1536, 8, 8, 2, 48_000, 2, 640, false],
    config: { model_type: 'qwen2', tie_word_embeddings: false },
  },
  { shape: [768, 2048, 8, 12, 12, 32_000, 2, 384, false], config: { model_type: 'phi3', pad_token_id: 0 } },
  {
    shape: [448, 1792, 8, 4, 2, 80_000, 2, 384, false],
    config: { model_type: 'gemma', head_dim: 128, hidden_activation: 'gelu_pytorch_tanh', pad_token_id: 0 },
  },
  { shape: [896, 2432, 6, 14, 2, 20_000, 1, 1280, false] },
  { shape: [448, 1216, 16, 7, 7, 12_000, 6, 192, true] },
  {
    shape: [512, 1536, 10, 8, 4, 16_000, 3, 448, false],
    config: { model_type: 'mistral', sliding_window: 128 },
    lora: { r: 64, targetModules: ['q_proj', 'v_proj'] },
  },
  {
    shape: [448, 1280, 8, 7, 7, 24_000, 3, 320, false],
    config: { model_type: 'qwen2', tie_word_embeddings: false },
    lora: { modulesToSave: ['lm_head', 'norm'] },
  },
  { shape: [1024, 2816, 8, 16, 4, 16_000, 1, 256, true], held: qlora },
  { shape: [1536, 4096, 4, 12, 4, 16_000, 1, 512, true], held: qlora },
  { shape: [1024, 2816, 8, 16, 8, 16_000, 2, 256, false], held: qlora },
  { shape: [1024, 2816, 8, 16, 4, 16_000, 1, 256, true], held: { weights: 'nf4' } },
  { shape: [1024, 2816, 8, 16, 4, 16_000, 1, 256, true], held: { weights: 'bfloat16', dtype: 'bfloat16' } },
]

export interface MemoryComparison {
  readonly predictedBytes: number
  readonly measuredBytes: number
}

/** Trains a case in a process of its own, and predicts what that takes. */
export async function compareMemory({
  shape,
  config: given,
  lora,
  held,
}: MemoryCase): Promise<MemoryComparison> {
  const [hidden, intermediate, layers, heads, keyValueHeads, vocab, batchSize, length, checkpointing] = shape
  const json = {
    ...{ model_type: 'llama', hidden_size: hidden, intermediate_size: intermediate, vocab_size: vocab },
    ...{ num_hidden_layers: layers, num_attention_heads: heads, num_key_value_heads: keyValueHeads },
    ...{ tie_word_embeddings: true, max_position_embeddings: 4096, rms_norm_eps: 1e-5, rope_theta: 10_000 },
    ...{ bos_token_id: 1, eos_token_id: 2, ...given },
  }
  const directory = mkdtempSync(path.join(tmpdir(), 'medtune-plan-'))
  try {
    const model = await createCausalLM(json, { seed: 1 })
    await saveCausalLM(model, directory)
    model.dispose()
    const settings: MemorySettings = {
      ...{ lora: lora ?? { r: 16 }, batchSize, length, gradientCheckpointing: checkpointing },
      ...{ weights: 'float32', ...held },
    }
    const arguments_ = ['--import', 'tsx', script, directory, JSON.stringify(settings)]
    const measured = await runJson<{ runtimeBytes: number; peakBytes: number }>(process.execPath, arguments_)
    const { architecture, config } = interpretConfig('config', json)
    const plan = planMemory(config, architecture.weightSpecs(config), settings)
    if (process.env.MEDTUNE_DEBUG !== undefined)
      process.stderr.write(`${JSON.stringify({ ...measured, ...plan })}\n`)
    return { predictedBytes: measured.runtimeBytes + plan.total, measuredBytes: measured.peakBytes }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A case in a few words. */
export function describeCase({ shape, config, lora, held }: MemoryCase): string {
  const extras = { ...config, ...lora, ...held }
  return `${shape.join(' ')}${Object.keys(extras).length > 0 ? ` ${JSON.stringify(extras)}` : ''}`
}

export const benchmark: Benchmark = {
  name: 'memory-plan',
  suite: 'cpu',
  description: 'Peak memory of LoRA runs on the native backend, predicted and measured',
  run({ quick }) {
    const all = [
      ...fittedCases.map((each) => ({ each, set: 'fitted' })),
      ...heldOutCases.map((each) => ({ each, set: 'held out' })),
    ]
    const measured = quick ? all.slice(0, 1) : all
    return measureCases(
      measured.map(({ each, set }) => ({ what: describeCase(each), measure: () => measure(each, set) })),
    )
  },
}

async function measure(each: MemoryCase, set: string): Promise<BenchmarkRow> {
  const { predictedBytes, measuredBytes } = await compareMemory(each)
  return {
    what: describeCase(each),
    set,
    predictedMegabytes: Math.round(predictedBytes / 2 ** 20),
    measuredMegabytes: Math.round(measuredBytes / 2 ** 20),
    ratio: Number((predictedBytes / measuredBytes).toFixed(3)),
  }
}
