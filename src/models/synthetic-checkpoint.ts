import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomically } from '../atomic-file.js'
import { bytesPerElement, elementCount } from '../tensors/dtype.js'
import { nf4ConfigFields, nf4Entries } from '../tensors/quantization-entries.js'
import { type SafetensorsEntry, writeSafetensors } from '../tensors/safetensors-writer.js'
import type { WeightSpec } from './architecture.js'
import { embeddingPath, headPath } from './decoder-modules.js'
import { interpretConfig } from './model-folder.js'
import { normalBytes, randomNf4, tensorRandom } from './synthetic-weights.js'

const llama = {
  ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_act: 'silu' },
  ...{ rms_norm_eps: 1e-5, initializer_range: 0.02, bos_token_id: 1, eos_token_id: 2 },
}

/** Shapes of published Llama models, by what they are called for. */
export const syntheticShapes: Readonly<Record<'135M' | '1B' | '8B', Readonly<Record<string, unknown>>>> = {
  '135M': {
    ...llama,
    ...{ hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9 },
    ...{ num_key_value_heads: 3, vocab_size: 49_152, max_position_embeddings: 2048, rope_theta: 10_000 },
    tie_word_embeddings: true,
  },
  '1B': {
    ...llama,
    ...{ hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 16, num_attention_heads: 32 },
    ...{ num_key_value_heads: 8, vocab_size: 128_256, max_position_embeddings: 8192, rope_theta: 500_000 },
    tie_word_embeddings: true,
  },
  '8B': {
    ...llama,
    ...{ hidden_size: 4096, intermediate_size: 14_336, num_hidden_layers: 32, num_attention_heads: 32 },
    ...{ num_key_value_heads: 8, vocab_size: 128_256, max_position_embeddings: 8192, rope_theta: 500_000 },
    tie_word_embeddings: false,
  },
}

const storageDtypes = { float32: 'F32', float16: 'F16', bfloat16: 'BF16', nf4: 'BF16' } as const

/** How weights are stored: `nf4` packs the matrices of the layers and leaves the rest in bfloat16. */
export type SyntheticForm = keyof typeof storageDtypes

export const syntheticForms: readonly SyntheticForm[] = ['bfloat16', 'float16', 'float32', 'nf4']

export interface SyntheticCheckpointOptions {
  /** What `config.json` holds. */
  readonly config: Readonly<Record<string, unknown>>
  readonly form: SyntheticForm
  readonly seed: number
  /** A file is closed before it would grow beyond this; a larger tensor has a file of its own. */
  readonly shardBytes: number
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
  readonly signal?: AbortSignal | undefined
}

interface SyntheticCheckpoint {
  readonly parameters: number
  readonly sizeBytes: number
  readonly shards: number
}

/**
 * Writes a model of random weights in Hugging Face layout, one tensor at a time, so that size and speed can be tested
 * without a download. The same seed gives the same bytes.
 *
 * @throws INVALID_CONFIG, UNSUPPORTED_MODEL, FILE_UNWRITABLE
 */
export async function writeSyntheticCheckpoint(
  directory: string,
  { config, form, seed, shardBytes, onProgress, signal }: SyntheticCheckpointOptions,
): Promise<SyntheticCheckpoint> {
  const quantized = form === 'nf4'
  const json = {
    ...config,
    torch_dtype: quantized ? 'bfloat16' : form,
    ...(quantized ? { quantization_config: nf4ConfigFields(true) } : {}),
  }
  const read = interpretConfig('config', json)
  const specs = read.architecture.weightSpecs(read.config)
  const tensors = specs.map((spec) => syntheticTensor(spec, form, seed, read.config.initializerRange))
  const shards = shardsOf(tensors, shardBytes)
  const sizeBytes = tensors.flat().reduce((sum, entry) => sum + entryBytes(entry), 0)
  let doneBytes = 0
  const counted = (entry: SafetensorsEntry): SafetensorsEntry => ({
    ...entry,
    data: async () => {
      signal?.throwIfAborted()
      const data = typeof entry.data === 'function' ? await entry.data() : entry.data
      doneBytes += entryBytes(entry)
      onProgress?.(doneBytes, sizeBytes)
      return data
    },
  })
  await mkdir(directory, { recursive: true })
  await writeFileAtomically(path.join(directory, 'config.json'), `${JSON.stringify(json, null, 2)}\n`)
  for (const [i, shard] of shards.entries()) {
    await writeSafetensors(path.join(directory, shardName(i, shards.length)), shard.map(counted))
  }
  if (shards.length > 1) await writeIndex(directory, shards, sizeBytes)
  const parameters = specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)
  return { parameters, sizeBytes, shards: shards.length }
}

/** A tensor of the model, with what belongs to its coding. */
function syntheticTensor(
  { path: name, shape, initial }: WeightSpec,
  form: SyntheticForm,
  seed: number,
  deviation: number,
): SafetensorsEntry[] {
  const dtype = storageDtypes[form]
  const inLayers = shape.length === 2 && name !== embeddingPath && name !== headPath
  if (form === 'nf4' && inLayers) {
    return nf4Entries(name, randomNf4(tensorRandom(seed, name), shape, { dtype, deviation }))
  }
  const count = elementCount(shape)
  const data = () =>
    initial === 'normal'
      ? normalBytes(tensorRandom(seed, name), count, { dtype, deviation })
      : new Float32Array(count).fill(initial === 'ones' ? 1 : 0)
  return [{ name, dtype, shape, data }]
}

function shardsOf(tensors: readonly SafetensorsEntry[][], shardBytes: number): SafetensorsEntry[][] {
  const shards: SafetensorsEntry[][] = []
  let room = 0
  for (const entries of tensors) {
    const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0)
    if (shards.length === 0 || bytes > room) {
      shards.push([])
      room = shardBytes
    }
    shards.at(-1)?.push(...entries)
    room -= bytes
  }
  return shards
}

function entryBytes({ dtype, shape }: SafetensorsEntry): number {
  return elementCount(shape) * bytesPerElement(dtype)
}

function shardName(index: number, count: number): string {
  if (count === 1) return 'model.safetensors'
  const padded = (value: number): string => String(value).padStart(5, '0')
  return `model-${padded(index + 1)}-of-${padded(count)}.safetensors`
}

async function writeIndex(
  directory: string,
  shards: readonly SafetensorsEntry[][],
  sizeBytes: number,
): Promise<void> {
  const weightMap = Object.fromEntries(
    shards.flatMap((shard, i) => shard.map(({ name }) => [name, shardName(i, shards.length)])),
  )
  const index = { metadata: { total_size: sizeBytes }, weight_map: weightMap }
  const file = path.join(directory, 'model.safetensors.index.json')
  await writeFileAtomically(file, `${JSON.stringify(index, null, 2)}\n`)
}
