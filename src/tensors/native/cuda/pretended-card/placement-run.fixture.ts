// One process on the pretended card: LoRA steps of a small model, eager and replayed. Prints one JSON line.
//   tsx placement-run.fixture.ts CARD_FOLDER
import { applyLora } from '../../../../lora/apply-lora.js'
import { createCausalLM } from '../../../../models/create-causal-lm.js'
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

async function run(card: string): Promise<PlacementReport> {
  await useBackend('cuda')
  const binding = loadBinding(findCachedBinding(readBindingSources().hash, process.env, 'gpu').folder, 'gpu')
  const devices = recordDevices(binding)
  const before = readCounters(card)
  const model = await createCausalLM(
    {
      ...{ model_type: 'llama', hidden_size: 256, intermediate_size: 512, num_hidden_layers: 4 },
      ...{ num_attention_heads: 4, num_key_value_heads: 2, vocab_size: 2048, tie_word_embeddings: true },
      ...{ rms_norm_eps: 1e-5, rope_theta: 10000, max_position_embeddings: 128, initializer_range: 0.02 },
      ...{ hidden_act: 'silu', bos_token_id: 1, eos_token_id: 2 },
    },
    { seed: 1, backend: 'cuda' },
  )
  applyLora(model, { r: 8, loraAlpha: 8, targetModules: 'all-linear', seed: 1 })
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

process.stdout.write(`${JSON.stringify(await run(process.argv[2] ?? ''))}\n`)
