// Trains a small model for many updates and prints what is held as it goes: for `leak.test.ts` and `leak.bench.ts`.
//   node --expose-gc --import tsx leak-run.fixture.ts FORM UPDATES (FORM: a `StartedForm` as JSON)
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { getHeapStatistics } from 'node:v8'
import { applyLora } from '../lora/apply-lora.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { syntheticShapes, writeSyntheticCheckpoint } from '../models/synthetic-checkpoint.js'
import { type BackendName, useBackend } from '../tensors/backend.js'
import { currentSourcesHash } from '../tensors/backends/native.js'
import { loadBinding } from '../tensors/native/binding.js'
import { findCachedBinding } from '../tensors/native/binding-cache.js'
import type { StartedForm } from '../tensors/started-dtypes.fixture.js'
import { optimizerOf } from './long-run-forms.fixture.js'
import { SFTTrainer } from './sft-trainer.js'

/** What is held after an update. */
export interface HeldAfter {
  readonly update: number
  /** Live handles, their bytes, and the binding's own count of tensors (native only). */
  readonly tensors: number
  readonly bytes: number
  readonly bindingTensors: number
  readonly rssBytes: number
  /** Resident memory of JavaScript's own heap, which the collector grows and gives back by 30 MB as it sees fit. */
  readonly heapBytes: number
}

/** Checkpointed training, the way that makes and frees the most. @param every updates between two looks */
export async function trainAndWatch(
  form: StartedForm,
  { updates, every }: { updates: number; every: number },
): Promise<HeldAfter[]> {
  const { backend, dtype, loadIn4bit } = form
  const folder = await mkdtemp(path.join(tmpdir(), 'medtune-leak-'))
  const config = {
    ...syntheticShapes['1B'],
    ...{ hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 4 },
    ...{ num_key_value_heads: 2, vocab_size: 100 },
  }
  try {
    await writeSyntheticCheckpoint(folder, {
      ...{ config, form: loadIn4bit ? 'nf4' : dtype, seed: 1, shardBytes: 1e9 },
    })
    const { ops } = await useBackend(backend)
    const model = await loadCausalLM(folder, { dtype })
    applyLora(model, { r: 64 })
    const held: HeldAfter[] = []
    const look = (update: number): void => {
      global.gc?.()
      const { tensors, bytes } = ops.memory()
      const rssBytes = process.memoryUsage.rss()
      const heapBytes = getHeapStatistics().total_physical_size
      held.push({ update, tensors, bytes, bindingTensors: bindingTensors(backend), rssBytes, heapBytes })
    }
    const trainDataset = Array.from({ length: 12 }, (_, row) => ({
      inputIds: Array.from({ length: 16 + 8 * (row % 3) }, (_, i) => (row * 31 + i * 7) % 100),
    }))
    const trainer = new SFTTrainer({
      ...{ model, trainDataset },
      args: {
        ...{ maxSteps: updates, gradientAccumulationSteps: 2, loggingSteps: every, ...optimizerOf(form) },
        // In order: each other number of labels is a constant of a few bytes that the native backend keeps.
        ...{ gradientCheckpointing: true, padToMultipleOf: 32, shuffle: false },
      },
      callbacks: [{ onStepEnd: ({ step }) => (step % every === 0 ? look(step) : undefined) }],
    })
    await trainer.train()
    model.dispose()
    return held
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function bindingTensors(backend: BackendName): number {
  if (backend !== 'native') return 0
  return loadBinding(findCachedBinding(currentSourcesHash()).folder).getNumOfTensors()
}

const [form = '', updates] = process.argv.slice(2)
if (process.argv[1]?.includes('leak-run') && updates !== undefined) {
  const count = Number(updates)
  const held = await trainAndWatch(JSON.parse(form) as StartedForm, {
    updates: count,
    every: Math.floor(count / 10),
  })
  process.stdout.write(`${JSON.stringify(held)}\n`)
}
