import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Benchmark, type BenchmarkRow, runJson } from '../app/bench/benchmark.fixture.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { interpretConfig } from '../models/model-folder.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import { repositoryRoot } from '../test-data.fixture.js'
import { type MemorySettings, planMemory } from './memory-plan.js'

const script = path.join(repositoryRoot, 'src/training/memory-plan-run.fixture.ts')

/** Hidden size, feed-forward size, layers, heads, key heads, vocabulary; batch, length, checkpointing. */
type Shape = readonly [number, number, number, number, number, number, number, number, boolean]

export const memoryShapes: readonly Shape[] = [
  [512, 1536, 8, 8, 4, 16_000, 2, 256, false],
  [512, 1536, 8, 8, 4, 16_000, 4, 512, false],
  [512, 1536, 8, 8, 4, 16_000, 4, 512, true],
  [1024, 2816, 6, 16, 4, 32_000, 1, 512, false],
  [384, 1024, 24, 6, 2, 8000, 2, 512, false],
  [768, 2048, 12, 12, 12, 32_000, 1, 1024, true],
  [512, 1408, 6, 8, 8, 64_000, 1, 1536, false],
]

export interface MemoryComparison {
  readonly predictedBytes: number
  readonly measuredBytes: number
}

/** Trains a shape in a process of its own, and predicts what that takes. */
export async function compareMemory(shape: Shape): Promise<MemoryComparison> {
  const [hidden, intermediate, layers, heads, keyValueHeads, vocab, batchSize, length, checkpointing] = shape
  const json = {
    ...{ model_type: 'llama', hidden_size: hidden, intermediate_size: intermediate, vocab_size: vocab },
    ...{ num_hidden_layers: layers, num_attention_heads: heads, num_key_value_heads: keyValueHeads },
    ...{ tie_word_embeddings: true, max_position_embeddings: 4096, rms_norm_eps: 1e-5, rope_theta: 10_000 },
    ...{ bos_token_id: 1, eos_token_id: 2 },
  }
  const directory = mkdtempSync(path.join(tmpdir(), 'medtune-plan-'))
  try {
    const model = await createCausalLM(json, { seed: 1 })
    await saveCausalLM(model, directory)
    model.dispose()
    const settings: MemorySettings = {
      ...{ lora: { r: 16 }, batchSize, length, gradientCheckpointing: checkpointing, weights: 'float32' },
    }
    const arguments_ = ['--import', 'tsx', script, directory, JSON.stringify(settings)]
    const measured = runJson<{ runtimeBytes: number; peakBytes: number }>(process.execPath, arguments_)
    const { architecture, config } = interpretConfig('config', json)
    const plan = planMemory(config, architecture.weightSpecs(config), settings)
    if (process.env.MEDTUNE_DEBUG !== undefined)
      process.stderr.write(`${JSON.stringify({ ...measured, ...plan })}\n`)
    return { predictedBytes: measured.runtimeBytes + plan.total, measuredBytes: measured.peakBytes }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

export const benchmark: Benchmark = {
  name: 'memory-plan',
  suite: 'cpu',
  description: 'Peak memory of LoRA runs on the native backend, predicted and measured',
  async run({ quick }) {
    const rows: BenchmarkRow[] = []
    for (const shape of quick ? memoryShapes.slice(0, 1) : memoryShapes) {
      const { predictedBytes, measuredBytes } = await compareMemory(shape)
      rows.push({
        what: shape.join(' '),
        predictedMegabytes: Math.round(predictedBytes / 2 ** 20),
        measuredMegabytes: Math.round(measuredBytes / 2 ** 20),
        ratio: Number((predictedBytes / measuredBytes).toFixed(3)),
      })
    }
    return rows
  },
}
