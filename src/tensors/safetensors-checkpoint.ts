import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { readFailure } from './read-failure.js'
import { missingTensor, openSafetensors, type SafetensorsFile } from './safetensors.js'
import { safetensorsError } from './safetensors-header.js'

const singleFile = 'model.safetensors'
const indexFile = 'model.safetensors.index.json'

/**
 * Opens the weights of a model folder: `model.safetensors`, or the shards that `model.safetensors.index.json` lists.
 *
 * @throws MODEL_NOT_FOUND when the folder holds neither; FILE_NOT_FOUND for an absent shard; INVALID_SAFETENSORS
 */
export async function openCheckpoint(directory: string): Promise<SafetensorsFile> {
  const single = path.join(directory, singleFile)
  if (existsSync(single)) return openSafetensors(single)
  const index = path.join(directory, indexFile)
  if (existsSync(index)) return openShards(directory, await readIndex(index))
  throw new MedtuneError(
    'MODEL_NOT_FOUND',
    `${directory} must hold ${singleFile} or ${indexFile}; it holds neither.` +
      ' Give the folder of a model in Hugging Face layout (safetensors, not .bin).',
  )
}

/** Tensor name → file name, as the index says. */
async function readIndex(file: string): Promise<Map<string, string>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw readFailure(file, cause)
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw safetensorsError(file, 'the index must be JSON')
  }
  const map =
    typeof parsed === 'object' && parsed !== null && 'weight_map' in parsed ? parsed.weight_map : undefined
  if (typeof map !== 'object' || map === null || Array.isArray(map) || Object.keys(map).length === 0) {
    throw safetensorsError(file, 'weight_map must be an object that names a file for each tensor')
  }
  return new Map(Object.entries(map).map(([name, shard]) => [name, checkShardName(file, name, shard)]))
}

/** A shard lies beside the index: a name that leads elsewhere is refused. */
function checkShardName(file: string, tensor: string, shard: unknown): string {
  if (typeof shard !== 'string' || !/^[^/\\\0]+\.safetensors$/.test(shard)) {
    throw safetensorsError(
      file,
      `weight_map of "${tensor}" must be the name of a .safetensors file beside the index`,
    )
  }
  return shard
}

async function openShards(directory: string, shardOf: ReadonlyMap<string, string>): Promise<SafetensorsFile> {
  const shards = new Map<string, SafetensorsFile>()
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close()
  }
  try {
    for (const shard of new Set(shardOf.values()))
      shards.set(shard, await openSafetensors(path.join(directory, shard)))
    for (const [name, shard] of shardOf) if (!shards.get(shard)?.has(name)) throw missingTensor(shard, name)
  } catch (error) {
    await close()
    throw error
  }
  const find = (name: string): SafetensorsFile => {
    const shard = shards.get(shardOf.get(name) ?? '')
    if (shard === undefined) throw missingTensor(indexFile, name)
    return shard
  }
  return {
    names: [...shardOf.keys()],
    metadata: shards.values().next().value?.metadata ?? {},
    has: (name) => shardOf.has(name),
    info: (name) => find(name).info(name),
    read: async (name) => find(name).read(name),
    readFloat32: async (name) => find(name).readFloat32(name),
    close,
  }
}
