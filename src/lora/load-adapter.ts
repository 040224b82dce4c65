import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import type { Linear } from '../models/layers/linear.js'
import { rowsFromCheckpoint } from '../models/layers/row-order.js'
import type { Parameter } from '../models/parameter.js'
import { readFailure } from '../tensors/read-failure.js'
import { openSafetensors, type SafetensorsFile } from '../tensors/safetensors.js'
import { parseAdapterConfig } from './adapter-config.js'
import { adapterConfigFile, adapterTensorName, adapterWeightsFile, savedTensorName } from './adapter-names.js'
import { installAdapter } from './apply-lora.js'
import type { LoraAdapter } from './lora-adapter.js'
import { adaptedModules, adapterSizes, type LoraConfig } from './lora-config.js'
import { savedParameters } from './saved-modules.js'

export interface LoadAdapterOptions {
  /** Whether training goes on from it. Default false. */
  readonly trainable?: boolean
}

/**
 * Puts a saved adapter (a PEFT folder) into a model. Unlike PEFT, which warns and leaves an untrained adapter behind,
 * it fails when the file's tensors are not exactly those that its settings and the model ask for.
 *
 * @throws MODEL_NOT_FOUND when the folder holds no adapter; INVALID_ADAPTER for names, shapes or options that do not fit;
 * INVALID_SAFETENSORS, FILE_UNREADABLE; INVALID_ARGUMENT when the model has an adapter already
 */
export async function loadAdapter(
  model: CausalLM,
  directory: string,
  options: LoadAdapterOptions = {},
): Promise<LoraAdapter> {
  const { config } = await readAdapterConfig(directory)
  const { weights, saved } = await readAdapterWeights(model, directory, config)
  const adapter = installAdapter(model, config, [...weights.keys()], ({ path: modulePath }) => {
    const values = weights.get(modulePath)
    if (values === undefined) throw new MedtuneError('INTERNAL', `no values for ${modulePath}.`)
    return values
  })
  for (const { loraA, loraB } of adapter.modules.values()) {
    loraA.trainable = options.trainable ?? false
    loraB.trainable = options.trainable ?? false
  }
  for (const [parameter, data] of saved) {
    const { value } = parameter
    parameter.value = model.ops.keep(model.ops.upload(data, value.shape))
    parameter.trainable = options.trainable ?? false
    model.ops.free(value)
  }
  return adapter
}

/**
 * Settings of a saved adapter and the base model it names.
 *
 * @throws MODEL_NOT_FOUND, INVALID_ADAPTER, FILE_UNREADABLE
 */
export async function readAdapterConfig(
  directory: string,
): Promise<{ config: LoraConfig; baseModel: string | undefined }> {
  const file = path.join(directory, adapterConfigFile)
  if (!existsSync(file)) throw missingAdapter(directory, adapterConfigFile)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw readFailure(file, cause)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new MedtuneError(
      'INVALID_ADAPTER',
      `${file} must be JSON; it is not. Copy the adapter again or train it again.`,
    )
  }
  return parseAdapterConfig(file, json)
}

interface AdapterWeights {
  /** A [R, in] and B [out, R] of every module, B's rows in the model's row order. */
  readonly weights: ReadonlyMap<string, { a: Float32Array; b: Float32Array }>
  /** Values of the parameters that are stored whole. */
  readonly saved: ReadonlyMap<Parameter, Float32Array>
}

async function readAdapterWeights(
  model: CausalLM,
  directory: string,
  config: LoraConfig,
): Promise<AdapterWeights> {
  const file = path.join(directory, adapterWeightsFile)
  if (!existsSync(file)) throw missingAdapter(directory, adapterWeightsFile)
  const tensors = await openSafetensors(file)
  try {
    const { linears, parameters } = adaptedParts(model, config, file)
    checkNames(file, tensors, linears, parameters)
    const weights = new Map<string, { a: Float32Array; b: Float32Array }>()
    for (const { path: modulePath, inFeatures, outFeatures, rowOrder } of linears) {
      const { r } = adapterSizes(config, modulePath)
      const a = await readValues(file, tensors, adapterTensorName(modulePath, 'A'), [r, inFeatures])
      const b = await readValues(file, tensors, adapterTensorName(modulePath, 'B'), [outFeatures, r])
      weights.set(modulePath, { a, b: rowsFromCheckpoint(b, outFeatures, rowOrder) })
    }
    const saved = new Map<Parameter, Float32Array>()
    for (const parameter of parameters) {
      const name = savedTensorName(parameter.path)
      const { shape } = parameter.value
      const values = await readValues(file, tensors, name, shape)
      saved.set(parameter, rowsFromCheckpoint(values, shape[0] ?? 0, parameter.rowOrder))
    }
    return { weights, saved }
  } finally {
    await tensors.close()
  }
}

function adaptedParts(
  model: CausalLM,
  config: LoraConfig,
  file: string,
): { linears: Linear[]; parameters: Parameter[] } {
  try {
    const paths = new Set(adaptedModules(config, model.linears().keys()))
    const chosen = [...model.linears()].filter(([modulePath]) => paths.has(modulePath))
    return { linears: chosen.map(([, linear]) => linear), parameters: savedParameters(model, config) }
  } catch (cause) {
    if (!(cause instanceof MedtuneError)) throw cause
    throw new MedtuneError(
      'INVALID_ADAPTER',
      `${file} is for another model: ${cause.message} Load the base model that the adapter names.`,
      { cause },
    )
  }
}

function checkNames(
  file: string,
  tensors: SafetensorsFile,
  linears: readonly Linear[],
  parameters: readonly Parameter[],
): void {
  const expected = new Set([
    ...linears.flatMap(({ path: modulePath }) => [
      adapterTensorName(modulePath, 'A'),
      adapterTensorName(modulePath, 'B'),
    ]),
    ...parameters.map((parameter) => savedTensorName(parameter.path)),
  ])
  const missing = [...expected].filter((name) => !tensors.has(name))
  const extra = tensors.names.filter((name) => !expected.has(name))
  if (missing.length === 0 && extra.length === 0) return
  const first = (names: string[]): string =>
    names.length === 0 ? 'none' : `${names.length}, the first ${names[0]}`
  throw new MedtuneError(
    'INVALID_ADAPTER',
    `${file} must hold exactly the tensors of its target_modules in this model; missing: ${first(missing)};` +
      ` not expected: ${first(extra)}. Load the base model that the adapter was trained on.`,
  )
}

async function readValues(
  file: string,
  tensors: SafetensorsFile,
  name: string,
  shape: readonly number[],
): Promise<Float32Array> {
  const found = tensors.info(name)
  if (found.shape.length === shape.length && found.shape.every((size, axis) => size === shape[axis])) {
    return (await tensors.readFloat32(name)).data
  }
  throw new MedtuneError(
    'INVALID_ADAPTER',
    `${file}: ${name} must have shape [${shape}]; got [${found.shape}]. Load the base model that the adapter was trained on.`,
  )
}

function missingAdapter(directory: string, file: string): MedtuneError {
  return new MedtuneError(
    'MODEL_NOT_FOUND',
    `${directory} must hold a trained adapter with ${file}; it does not. Check the path, or train one with: medtune train`,
  )
}
