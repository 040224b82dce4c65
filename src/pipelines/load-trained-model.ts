import { existsSync } from 'node:fs'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { parseRepoReference } from '../hub/repo-reference.js'
import { type ResolveModelOptions, resolveModelFolder } from '../hub/resolve-model-folder.js'
import { loadAdapter, readAdapterConfig } from '../lora/load-adapter.js'
import type { CausalLM } from '../models/causal-lm.js'
import { type LoadOptions, loadCausalLM } from '../models/load-causal-lm.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'

export interface LoadTrainedOptions extends LoadOptions {
  /** Folder or hub repository of the base model. Default: what the adapter names. */
  readonly baseModel?: string | undefined
  /** How models of the hub are downloaded. */
  readonly hub?: ResolveModelOptions | undefined
}

/**
 * Loads what training wrote, ready for questions: an adapter's folder with the base model it names, or the folder of a
 * whole model; either may be a repository of the hub.
 *
 * @throws MODEL_NOT_FOUND when the folder, or the base model, is not there; as `loadAdapter` and `loadCausalLM`
 */
export async function loadTrainedModel(
  idOrFolder: string,
  { baseModel, hub, ...load }: LoadTrainedOptions = {},
): Promise<{ model: CausalLM; tokenizer: Tokenizer }> {
  const directory = await resolveModelFolder(idOrFolder, hub)
  if (existsSync(path.join(directory, 'config.json'))) {
    return { model: await loadCausalLM(directory, load), tokenizer: await loadTokenizer(directory) }
  }
  const named = (await readAdapterConfig(directory)).baseModel
  const base = await findBaseModel(directory, baseModel ?? named, hub)
  const tokenizer = await loadAdapterTokenizer(directory, base)
  const model = await loadCausalLM(base, load)
  try {
    await loadAdapter(model, directory)
    return { model, tokenizer }
  } catch (error) {
    model.dispose()
    throw error
  }
}

/** The tokenizer that lies with an adapter, which may have tokens of its own; else that of its base model. */
export function loadAdapterTokenizer(directory: string, base: string): Promise<Tokenizer> {
  return loadTokenizer(existsSync(path.join(directory, 'tokenizer.json')) ? directory : base)
}

/**
 * Folder of an adapter's base model: the path as it stands, or from the adapter's folder, or a repository.
 *
 * @param named what the caller or the adapter calls it
 * @throws MODEL_NOT_FOUND
 */
export async function findBaseModel(
  directory: string,
  named: string | undefined,
  hub: ResolveModelOptions | undefined,
): Promise<string> {
  const candidates = named === undefined ? [] : [named, path.resolve(directory, named)]
  const found = candidates.find((folder) => existsSync(path.join(folder, 'config.json')))
  if (found !== undefined) return found
  if (named !== undefined && parseRepoReference(named) !== undefined) {
    // A revision that was asked for is the adapter's, not its base model's.
    return resolveModelFolder(named, { ...hub, revision: undefined })
  }
  throw new MedtuneError(
    'MODEL_NOT_FOUND',
    `the base model of ${directory} must be a folder with config.json or a repository of the hub; the adapter names ${named ?? 'none'}, which is neither here. Name the base model (--base-model DIR; evaluate: --model DIR).`,
  )
}
