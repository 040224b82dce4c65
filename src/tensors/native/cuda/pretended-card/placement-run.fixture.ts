// One process on the pretended card: LoRA steps of a small model, eager and replayed, on dense weights or on 4-bit ones with
// moments in 8 bits. Prints one JSON line.
//   tsx placement-run.fixture.ts CARD_FOLDER dense|nf4
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { applyLora } from '../../../../lora/apply-lora.js'
import type { CausalLM } from '../../../../models/causal-lm.js'
import { createCausalLM } from '../../../../models/create-causal-lm.js'
import { loadCausalLM } from '../../../../models/load-causal-lm.js'
import { writeSyntheticCheckpoint } from '../../../../models/synthetic-checkpoint.js'
import { SFTTrainer } from '../../../../training/sft-trainer.js'
import { useBackend } from '../../../backend.js'
import { loadBinding, type NativeBinding, tensorflowTypes } from '../../binding.js'
import { findCachedBinding } from '../../binding-cache.js'
import { readBindingSources } from '../../binding-sources.js'
import { OpRunner } from '../../op-runner.js'
import { readCounters } from './pretended-card.fixture.js'

export interface PlacementReport {
  /** Devices of the outputs of each operation, the host's int32 (shapes, axes, indices) apart. */
  readonly devices: Readonly<Record<string, readonly string[]>>
  readonly weightBytes: number
  /** What went between host and card in each step after the first. */
  readonly steps: readonly { toDevice: number; toHost: number; launches: number }[]
}

type Execute = (
  name: string,
  attributes: readonly unknown[],
  inputs: readonly unknown[],
  outputCount: number,
) => { id: number; dtype: number }[]

/** Notes where the outputs of every operation are, functions included. */
function recordDevices(binding: NativeBinding): Map<string, Set<string>> {
  const devices = new Map<string, Set<string>>()
  const prototype = OpRunner.prototype as unknown as { execute: Execute }
  const execute = prototype.execute
  prototype.execute = function (name, ...rest) {
    const outputs = execute.call(this, name, ...rest)
    for (const { id, dtype } of outputs) {
      if (dtype === tensorflowTypes.int32) continue
      devices.set(name, (devices.get(name) ?? new Set()).add(binding.tensorDevice(id)))
    }
    return outputs
  }
  return devices
}

const config = {
  ...{ model_type: 'llama', hidden_size: 256, intermediate_size: 512, num_hidden_layers: 4 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, vocab_size: 2048, tie_word_embeddings: true },
  ...{ rms_norm_eps: 1e-5, rope_theta: 10000, max_position_embeddings: 128, initializer_range: 0.02 },
  ...{ hidden_act: 'silu', bos_token_id: 1, eos_token_id: 2 },
}

async function smallModel(form: string): Promise<CausalLM> {
  if (form === 'dense') return createCausalLM(config, { seed: 1, backend: 'cuda' })
  const folder = mkdtempSync(path.join(tmpdir(), 'medtune-placement-'))
  try {
    await writeSyntheticCheckpoint(folder, { config, form: 'nf4', seed: 1, shardBytes: 1e9 })
    return await loadCausalLM(folder, { backend: 'cuda' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function run(card: string, form: string): Promise<PlacementReport> {
  await useBackend('cuda')
  const binding = loadBinding(findCachedBinding(readBindingSources().hash, process.env, 'gpu').folder, 'gpu')
  const devices = recordDevices(binding)
  const before = readCounters(card)
  const model = await smallModel(form)
  // Wide enough that 8-bit moments are not kept in float32 after all.
  const r = form === 'dense' ? 8 : 32
  applyLora(model, { r, loraAlpha: 8, targetModules: 'all-linear', seed: 1 })
  const weightBytes = readCounters(card).toDevice - before.toDevice
  const counts: ReturnType<typeof readCounters>[] = []
  await new SFTTrainer({
    model,
    trainDataset: Array.from({ length: 24 }, (_, row) => ({
      inputIds: Array.from({ length: 32 }, (_, i) => (row * 32 + i * 7) % 2048),
    })),
    args: {
      ...{
        maxSteps: 20,
        perDeviceTrainBatchSize: 1,
        gradientAccumulationSteps: 1,
        lrSchedulerType: 'constant',
        ...(form === 'dense' ? {} : { optim: 'adamw_8bit', gradientCheckpointing: true }),
      },
    },
    callbacks: [{ onLog: () => void counts.push(readCounters(card)) }],
  }).train()
  const steps = counts.slice(1).map((count, index) => {
    const last = counts[index] ?? count
    return {
      toDevice: count.toDevice - last.toDevice,
      toHost: count.toHost - last.toHost,
      launches: count.launches - last.launches,
    }
  })
  return {
    devices: Object.fromEntries([...devices].map(([name, set]) => [name, [...set]])),
    ...{ weightBytes, steps },
  }
}

process.stdout.write(`${JSON.stringify(await run(process.argv[2] ?? '', process.argv[3] ?? 'dense'))}\n`)
