import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import type { Architecture } from './architecture.js'
import { architectures } from './architectures/index.js'
import { ConfigFields } from './config-fields.js'
import type { ModelConfig } from './model-config.js'

/** A configuration and the architecture that understands it. */
export interface ReadConfig {
  readonly architecture: Architecture
  readonly config: ModelConfig
}

/** @throws MODEL_NOT_FOUND unless `directory` holds a config.json */
export function assertModelFolder(directory: string): void {
  if (existsSync(path.join(directory, 'config.json'))) return
  const found = existsSync(directory) ? 'it has no config.json' : 'it does not exist'
  throw new MedtuneError(
    'MODEL_NOT_FOUND',
    `${directory} must be the folder of a model in Hugging Face layout (config.json, model.safetensors, tokenizer.json); ${found}. ` +
      'Download the model into it, or use data/models/tiny, which comes with medtune.',
  )
}

/** Reads and checks `config.json`. @throws MODEL_NOT_FOUND, INVALID_CONFIG, UNSUPPORTED_MODEL */
export async function readConfigFile(directory: string): Promise<ReadConfig> {
  assertModelFolder(directory)
  const file = path.join(directory, 'config.json')
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new MedtuneError('INVALID_CONFIG', `${file} must be readable JSON. Download it again.`, { cause })
  }
  return interpretConfig(file, json)
}

/** @param source names the configuration in messages @throws INVALID_CONFIG, UNSUPPORTED_MODEL */
export function interpretConfig(source: string, json: unknown): ReadConfig {
  const fields = ConfigFields.from(source, json)
  const modelType = fields.string('model_type')
  const architecture = architectures.find((candidate) => candidate.modelType === modelType)
  if (architecture === undefined) {
    throw fields.unsupported('model_type', architectures.map((candidate) => candidate.modelType).join(', '))
  }
  return { architecture, config: architecture.readConfig(fields) }
}
