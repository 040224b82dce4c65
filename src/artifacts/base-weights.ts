import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import type { WeightSpec } from '../models/architecture.js'
import { fitToTensors } from '../models/decoder-modules.js'
import type { ModelConfig } from '../models/model-config.js'
import { assertModelFolder, interpretConfig } from '../models/model-folder.js'
import { withDequantized } from '../tensors/quantization-checkpoint.js'
import type { SafetensorsFile } from '../tensors/safetensors.js'
import { openCheckpoint } from '../tensors/safetensors-checkpoint.js'

/** A model's tensors on disk, 4-bit ones as their values, and its configuration without quantization. Close the weights. */
export interface BaseWeights {
  readonly config: ModelConfig
  readonly specs: readonly WeightSpec[]
  readonly weights: SafetensorsFile
  readonly configJson: Readonly<Record<string, unknown>>
  /** The file that it was parsed from. */
  readonly originalConfig: string
}

/**
 * Opens a model folder for export; its tensors are read one at a time.
 *
 * @throws MODEL_NOT_FOUND, INVALID_CONFIG, UNSUPPORTED_MODEL, INVALID_SAFETENSORS
 */
export async function openBaseWeights(directory: string): Promise<BaseWeights> {
  assertModelFolder(directory)
  const file = path.join(directory, 'config.json')
  const originalConfig = await readText(file)
  const configJson = withoutQuantization(file, parseJson(file, originalConfig))
  const { architecture, config } = interpretConfig(file, configJson)
  const stored = await openCheckpoint(directory)
  try {
    const weights = await withDequantized(stored)
    const specs = architecture.weightSpecs(fitToTensors(config, (name) => weights.has(name)))
    checkWeights(directory, weights, specs)
    return { config, specs, weights, configJson, originalConfig }
  } catch (error) {
    await stored.close()
    throw error
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw notJson(file, cause)
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw notJson(file, cause)
  }
}

function notJson(file: string, cause: unknown): MedtuneError {
  return new MedtuneError('INVALID_CONFIG', `${file} must be readable JSON. Download it again.`, { cause })
}

/** Weights come out dequantized; any other coding than 4-bit NormalFloat stays named and is refused by the architecture. */
function withoutQuantization(file: string, json: unknown): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new MedtuneError('INVALID_CONFIG', `${file} must hold one JSON object. Download it again.`)
  }
  const fields: Record<string, unknown> = { ...json }
  const quantization = fields.quantization_config
  const isNf4 =
    typeof quantization === 'object' &&
    quantization !== null &&
    'bnb_4bit_quant_type' in quantization &&
    quantization.bnb_4bit_quant_type === 'nf4'
  if (isNf4) delete fields.quantization_config
  return fields
}

function checkWeights(directory: string, weights: SafetensorsFile, specs: readonly WeightSpec[]): void {
  for (const { path: name, shape } of specs) {
    const found = weights.has(name) ? weights.info(name).shape : undefined
    if (found?.length === shape.length && found.every((size, axis) => size === shape[axis])) continue
    throw new MedtuneError(
      'INVALID_SAFETENSORS',
      `The weights in ${directory} must hold ${name} as [${shape}]; found ${found === undefined ? 'none' : `[${found}]`}.` +
        ' Take config.json and weights from the same model.',
    )
  }
}
