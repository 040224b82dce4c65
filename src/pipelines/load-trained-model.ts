import { existsSync } from 'node:fs'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { loadAdapter, readAdapterConfig } from '../lora/load-adapter.js'
import type { CausalLM } from '../models/causal-lm.js'
import { type LoadOptions, loadCausalLM } from '../models/load-causal-lm.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'

export interface LoadTrainedOptions extends LoadOptions {
  /** Folder of the base model. Default: what the adapter names. */
  readonly baseModel?: string | undefined
}

/**
 * Loads what training wrote, ready for questions: an adapter's folder with the base model it names, or the folder of a
 * whole model.
 *
 * @throws MODEL_NOT_FOUND when the folder, or the base model, is not there; as `loadAdapter` and `loadCausalLM`
 */
export async function loadTrainedModel(
  directory: string,
  { baseModel, ...load }: LoadTrainedOptions = {},
): Promise<{ model: CausalLM; tokenizer: Tokenizer }> {
  if (existsSync(path.join(directory, 'config.json'))) {
    return { model: await loadCausalLM(directory, load), tokenizer: await loadTokenizer(directory) }
  }
  const named = (await readAdapterConfig(directory)).baseModel
  const base = findBaseModel(directory, baseModel ?? named)
  const ownTokenizer = existsSync(path.join(directory, 'tokenizer.json'))
  const tokenizer = await loadTokenizer(ownTokenizer ? directory : base)
  const model = await loadCausalLM(base, load)
  try {
    await loadAdapter(model, directory)
    return { model, tokenizer }
  } catch (error) {
    model.dispose()
    throw error
  }
}

/** The path as it stands, or from the adapter's folder. */
function findBaseModel(directory: string, named: string | undefined): string {
  const candidates = named === undefined ? [] : [named, path.resolve(directory, named)]
  const found = candidates.find((folder) => existsSync(path.join(folder, 'config.json')))
  if (found !== undefined) return found
  throw new MedtuneError(
    'MODEL_NOT_FOUND',
    `the base model of ${directory} must be a folder with config.json; the adapter names ${named ?? 'none'}, which is not one here. Give it with --base-model DIR.`,
  )
}
