import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { copyPresent } from '../lora/copy-present.js'
import type { WeightSpec } from '../models/architecture.js'
import { configText } from '../models/config-text.js'
import { bytesPerElement, elementCount } from '../tensors/dtype.js'
import { writeSafetensors } from '../tensors/safetensors-writer.js'
import { type AdapterTensors, openAdapterTensors } from './adapter-tensors.js'
import { type BaseWeights, openBaseWeights } from './base-weights.js'
import { checkFloat16Range, readMergedWeight } from './merged-weight.js'
import { withOlderKeys } from './older-config-keys.js'

export interface MergeOptions {
  /** Folder of the base: 16- or 32-bit weights, or bitsandbytes NF4, which is dequantized first. */
  readonly base: string
  /** PEFT folder; without it the base itself is written again. */
  readonly adapter?: string
  /** New or empty folder. */
  readonly outputDir: string
  /** Default bfloat16. */
  readonly dtype?: 'bfloat16' | 'float16' | 'float32'
  /** Default 5 GB. A single tensor may be larger. */
  readonly maxShardBytes?: number
  readonly signal?: AbortSignal
  /** Bytes written, of all that will be. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
}

export interface MergeReport {
  readonly outputDir: string
  readonly shards: readonly string[]
  readonly totalBytes: number
}

const storage = { bfloat16: 'BF16', float16: 'F16', float32: 'F32' } as const
/** Taken from the adapter's folder where it has them, otherwise from the base's. */
const companions = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'tokenizer.model',
  'chat_template.jinja',
  'additional_chat_templates',
  'generation_config.json',
]

/**
 * Writes a whole model in Hugging Face layout with the adapter folded in, W + s·B·A in float32, then rounded to nearest
 * even. One tensor is in memory at a time; the folder appears whole or not at all.
 *
 * @throws INVALID_ARGUMENT, FILE_UNWRITABLE (disk too small, folder not empty), INTERRUPTED; as `openBaseWeights`, `openAdapterTensors`
 */
export async function mergeToSafetensors(options: MergeOptions): Promise<MergeReport> {
  const { maxShardBytes = 5e9, outputDir } = options
  if (!(Number.isSafeInteger(maxShardBytes) && maxShardBytes > 0)) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `maxShardBytes must be an integer > 0; got ${maxShardBytes}. Use 5000000000.`,
    )
  }
  const base = await openBaseWeights(options.base)
  let adapter: AdapterTensors | undefined
  const target = path.resolve(outputDir)
  const staging = `${target}.${randomBytes(4).toString('hex')}.partial`
  const removeOnExit = (): void => rmSync(staging, { recursive: true, force: true })
  process.once('exit', removeOnExit)
  try {
    adapter =
      options.adapter === undefined ? undefined : await openAdapterTensors(options.adapter, base.specs)
    await checkTarget(target)
    await mkdir(staging, { recursive: true })
    const report = await writeFolder(staging, base, adapter, { ...options, maxShardBytes })
    await rename(staging, target)
    return { ...report, outputDir: target }
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw unwritable(target, `writing gave ${String((cause as NodeJS.ErrnoException).code)}`, cause)
  } finally {
    process.off('exit', removeOnExit)
    await rm(staging, { recursive: true, force: true })
    await adapter?.close()
    await base.weights.close()
  }
}

async function writeFolder(
  folder: string,
  { specs, weights, configJson, originalConfig }: BaseWeights,
  adapter: AdapterTensors | undefined,
  options: MergeOptions & { readonly maxShardBytes: number },
): Promise<Omit<MergeReport, 'outputDir'>> {
  const { dtype = 'bfloat16', maxShardBytes, signal, onProgress } = options
  const sizeOf = ({ shape }: WeightSpec): number => elementCount(shape) * bytesPerElement(storage[dtype])
  const totalBytes = specs.reduce((sum, spec) => sum + sizeOf(spec), 0)
  await checkSpace(folder, totalBytes)
  const shards = splitIntoShards(specs, sizeOf, maxShardBytes)
  const nameOf = (index: number): string => shardName(index, shards.length)
  let doneBytes = 0
  const read = async (spec: WeightSpec): Promise<Float32Array> => {
    if (signal?.aborted) throw new MedtuneError('INTERRUPTED', 'The merge was stopped; nothing was written.')
    const values = await readMergedWeight(weights, adapter, spec)
    if (dtype === 'float16') checkFloat16Range(spec.path, values)
    doneBytes += sizeOf(spec)
    onProgress?.(doneBytes, totalBytes)
    return values
  }
  for (const [index, shard] of shards.entries()) {
    const entries = shard.map((spec) => ({
      name: spec.path,
      dtype: storage[dtype],
      shape: spec.shape,
      data: () => read(spec),
    }))
    await writeSafetensors(path.join(folder, nameOf(index)), entries)
  }
  if (shards.length > 1) {
    const map = shards.flatMap((shard, index) => shard.map((spec) => [spec.path, nameOf(index)]))
    const index = { metadata: { total_size: totalBytes }, weight_map: Object.fromEntries(map) }
    await writeJson(path.join(folder, 'model.safetensors.index.json'), index)
  }
  const config = { ...withOlderKeys(configJson), torch_dtype: dtype }
  await writeFile(path.join(folder, 'config.json'), configText(config, originalConfig))
  const sources = options.adapter === undefined ? [options.base] : [options.base, options.adapter]
  for (const from of sources) await copyPresent(companions, from, folder)
  return { shards: shards.map((_, index) => nameOf(index)), totalBytes }
}

function shardName(index: number, count: number): string {
  const number = (value: number): string => String(value).padStart(5, '0')
  return count === 1 ? 'model.safetensors' : `model-${number(index + 1)}-of-${number(count)}.safetensors`
}

function splitIntoShards(
  specs: readonly WeightSpec[],
  sizeOf: (spec: WeightSpec) => number,
  maxBytes: number,
): WeightSpec[][] {
  const shards: WeightSpec[][] = [[]]
  let bytes = 0
  for (const spec of specs) {
    const size = sizeOf(spec)
    if (bytes > 0 && bytes + size > maxBytes) {
      shards.push([])
      bytes = 0
    }
    shards.at(-1)?.push(spec)
    bytes += size
  }
  return shards
}

async function checkTarget(target: string): Promise<void> {
  const files = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (files.length > 0) throw unwritable(target, 'it is not empty, and nothing is overwritten')
}

async function checkSpace(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= neededBytes) return
  throw unwritable(
    folder,
    `${neededBytes} bytes are needed and ${bavail * bsize} are free on its disk. Free some space`,
  )
}

async function writeJson(file: string, json: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(json, null, 2)}\n`)
}

function unwritable(folder: string, problem: string, cause?: unknown): MedtuneError {
  return new MedtuneError(
    'FILE_UNWRITABLE',
    `${folder} must be a new or empty folder that can be written; ${problem}. Choose another folder.`,
    { cause },
  )
}
