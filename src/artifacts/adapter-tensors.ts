import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { adapterTensorName, adapterWeightsFile, savedTensorName } from '../lora/adapter-names.js'
import { readAdapterConfig } from '../lora/load-adapter.js'
import { adapterSizes } from '../lora/lora-config.js'
import type { WeightSpec } from '../models/architecture.js'
import { openSafetensors, type SafetensorsFile } from '../tensors/safetensors.js'

/** The two factors of one module, rows in the checkpoint's order, and s = alpha / R or alpha / √R. */
interface AdapterFactors {
  /** float32 [R, in]. */
  readonly a: Float32Array
  /** float32 [out, R]. */
  readonly b: Float32Array
  readonly r: number
  readonly scale: number
}

/** An adapter's file, read one module at a time and without a model. Close it when done. */
export interface AdapterTensors {
  /** Rank and s of the module that owns `weight`; undefined where the adapter leaves it alone. */
  sizes(weight: WeightSpec): { readonly r: number; readonly scale: number } | undefined
  /** The factors of the module that owns `weight`; undefined where the adapter leaves it alone. */
  factors(weight: WeightSpec): Promise<AdapterFactors | undefined>
  /** Paths of the weights that it holds in full (`modules_to_save`), trained in place of the base's. */
  readonly savedPaths: ReadonlySet<string>
  /** The values of one of those, float32 of the spec's shape. */
  saved(weight: WeightSpec): Promise<Float32Array>
  close(): Promise<void>
}

/**
 * Opens a PEFT folder for merging. Every tensor in it must belong to a weight of the base, with fitting shapes.
 *
 * @param specs the base model's tensors
 * @throws MODEL_NOT_FOUND, INVALID_ADAPTER, INVALID_SAFETENSORS, FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function openAdapterTensors(
  directory: string,
  specs: readonly WeightSpec[],
): Promise<AdapterTensors> {
  const { config } = await readAdapterConfig(directory)
  const file = path.join(directory, adapterWeightsFile)
  const tensors = await openSafetensors(file)
  const savedSpecs = specs.filter(({ path: weight }) => {
    return config.modulesToSave.some((name) => weight.replace(/\.(weight|bias)$/, '').endsWith(name))
  })
  try {
    checkSaved(file, tensors, specs, savedSpecs)
    checkAdapter(file, tensors, { specs, savedSpecs, rank: (module) => adapterSizes(config, module).r })
  } catch (error) {
    await tensors.close()
    throw error
  }
  const sizes: AdapterTensors['sizes'] = ({ path: weight }) => {
    // A bias has its module's name too, and no factors.
    const isAdapted = weight.endsWith('.weight') && tensors.has(adapterTensorName(moduleOf(weight), 'A'))
    return isAdapted ? adapterSizes(config, moduleOf(weight)) : undefined
  }
  return {
    sizes,
    async factors(spec) {
      const found = sizes(spec)
      if (found === undefined) return undefined
      const module = moduleOf(spec.path)
      const { data: a } = await tensors.readFloat32(adapterTensorName(module, 'A'))
      const { data: b } = await tensors.readFloat32(adapterTensorName(module, 'B'))
      return { a, b, ...found }
    },
    savedPaths: new Set(savedSpecs.map(({ path: weight }) => weight)),
    async saved({ path: weight }) {
      const { data } = await tensors.readFloat32(savedTensorName(weight))
      return data
    },
    close: () => tensors.close(),
  }
}

const moduleOf = (weight: string): string => weight.replace(/\.weight$/, '')

const embedding = 'model.embed_tokens.weight'

/** Every weight that is stored in full must be there, in the base's shape. */
function checkSaved(
  file: string,
  tensors: SafetensorsFile,
  specs: readonly WeightSpec[],
  savedSpecs: readonly WeightSpec[],
): void {
  const isTied = !specs.some(({ path: weight }) => weight === 'lm_head.weight')
  for (const { path: weight, shape } of savedSpecs) {
    if (weight === embedding && isTied) {
      throw invalidAdapter(
        file,
        `${embedding} is one matrix with the output head of the base, and cannot be one of its own`,
      )
    }
    checkShape(file, tensors, savedTensorName(weight), shape)
  }
}

function checkShape(file: string, tensors: SafetensorsFile, name: string, expected: readonly number[]): void {
  const found = tensors.has(name) ? tensors.info(name).shape : []
  if (found.length === expected.length && found.every((size, axis) => size === expected[axis])) return
  throw invalidAdapter(
    file,
    `${name} must have shape [${expected}]; got ${found.length === 0 ? 'none' : `[${found}]`}`,
  )
}

interface Contents {
  readonly specs: readonly WeightSpec[]
  readonly savedSpecs: readonly WeightSpec[]
  readonly rank: (module: string) => number
}

function checkAdapter(file: string, tensors: SafetensorsFile, { specs, savedSpecs, rank }: Contents): void {
  const saved = new Set(savedSpecs.map(({ path: weight }) => savedTensorName(weight)))
  const left = new Set(tensors.names.filter((name) => !saved.has(name)))
  for (const { path: weight, shape } of specs) {
    const [outFeatures = 0, inFeatures] = shape
    const module = moduleOf(weight)
    if (inFeatures === undefined || module === weight) continue
    const names = [adapterTensorName(module, 'A'), adapterTensorName(module, 'B')] as const
    if (!names.some((name) => left.has(name))) continue
    const r = rank(module)
    for (const [i, expected] of [
      [r, inFeatures],
      [outFeatures, r],
    ].entries()) {
      const name = names[i] ?? ''
      checkShape(file, tensors, name, expected)
      left.delete(name)
    }
  }
  const [unknown] = left
  if (unknown === undefined) return
  throw invalidAdapter(
    file,
    `every tensor must be lora_A or lora_B of a linear layer of the base, or one of modules_to_save; got ${unknown}`,
  )
}

function invalidAdapter(file: string, problem: string): MedtuneError {
  return new MedtuneError(
    'INVALID_ADAPTER',
    `${file}: ${problem}. Give the base model that the adapter was trained on.`,
  )
}
