import path from 'node:path'
import { MedtuneError } from '../errors.js'

/** How much of a model is wanted: its settings, these and its tokenizer, or the weights as well. */
export type ModelParts = 'config' | 'tokenizer' | 'all'

export const indexFile = 'model.safetensors.index.json'
const singleFile = 'model.safetensors'
const adapterWeights = 'adapter_model.safetensors'
const adapterConfig = 'adapter_config.json'

const configFiles = ['config.json', 'generation_config.json', adapterConfig]
const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'chat_template.json',
]
/** Named templates beside the default one, as transformers stores them: the only folder of a repository that is read. */
export const templateFolder = 'additional_chat_templates'

/**
 * What a model of these files consists of, its weights apart: never pickles (`.bin`, `.pth`), GGUF files, or second copies
 * of the weights (`consolidated.safetensors`).
 */
export function smallFiles(names: ReadonlySet<string>, parts: ModelParts): string[] {
  const templates = [...names].filter(isNamedTemplate).sort()
  const wanted = parts === 'config' ? configFiles : [...configFiles, ...tokenizerFiles, ...templates]
  // Beside an adapter, config.json without weights describes the base, and would make the folder look like a model.
  const isAdapter = names.has(adapterConfig) && !hasModelWeights(names)
  return wanted.filter((name) => names.has(name) && !(isAdapter && name === 'config.json'))
}

function isNamedTemplate(name: string): boolean {
  return path.posix.dirname(name) === templateFolder && name.endsWith('.jinja')
}

function hasModelWeights(names: ReadonlySet<string>): boolean {
  return names.has(singleFile) || names.has(indexFile)
}

/**
 * The files of the weights.
 *
 * @param readIndex the text of `model.safetensors.index.json`, where the repository has one
 * @throws MODEL_NOT_FOUND when there are none that medtune reads
 */
export async function weightFiles(
  name: string,
  names: ReadonlySet<string>,
  readIndex: () => Promise<string>,
): Promise<string[]> {
  if (names.has(adapterConfig) && names.has(adapterWeights)) return [adapterWeights]
  if (names.has('config.json') && names.has(singleFile)) return [singleFile]
  if (names.has('config.json') && names.has(indexFile)) {
    return [indexFile, ...shardNames(name, await readIndex())]
  }
  throw noWeights(name, names)
}

function noWeights(name: string, names: ReadonlySet<string>): MedtuneError {
  const others = ['.gguf', '.bin', '.pth', '.h5'].filter((ending) =>
    [...names].some((file) => file.endsWith(ending)),
  )
  const found =
    others.length > 0 ? `its weights are ${others.join(' and ')} files` : 'it has no weights of that form'
  return new MedtuneError(
    'MODEL_NOT_FOUND',
    `${name} must hold config.json and model.safetensors (or shards with their index), or a PEFT adapter as safetensors; ${found}.` +
      ' Choose another upload of the model.',
  )
}

/** The shards that an index lists. Each lies beside the index. */
function shardNames(model: string, index: string): string[] {
  const shards = new Set(Object.values(weightMap(index)))
  const isName = (shard: unknown): shard is string =>
    typeof shard === 'string' && /^[^/\\:\0]+\.safetensors$/.test(shard)
  const names = [...shards].filter(isName)
  if (names.length === shards.size && names.length > 0) return names
  throw new MedtuneError(
    'INVALID_SAFETENSORS',
    `${indexFile} of ${model} must name .safetensors files beside it in weight_map; it does not. Choose another upload of the model.`,
  )
}

function weightMap(index: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(index)
    const map =
      typeof parsed === 'object' && parsed !== null && 'weight_map' in parsed ? parsed.weight_map : {}
    return typeof map === 'object' && map !== null ? { ...map } : {}
  } catch {
    return {}
  }
}
