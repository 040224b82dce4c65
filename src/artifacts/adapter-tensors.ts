import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { adapterTensorName, adapterWeightsFile } from '../lora/adapter-names.js'
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
  try {
    checkAdapter(file, tensors, specs, (module) => adapterSizes(config, module).r)
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
    close: () => tensors.close(),
  }
}

const moduleOf = (weight: string): string => weight.replace(/\.weight$/, '')

function checkAdapter(
  file: string,
  tensors: SafetensorsFile,
  specs: readonly WeightSpec[],
  rank: (module: string) => number,
): void {
  const left = new Set(tensors.names)
  for (const { path: weight, shape } of specs) {
    const [outFeatures, inFeatures] = shape
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
      const found = tensors.has(name) ? tensors.info(name).shape : []
      if (found.length !== 2 || found.some((size, axis) => size !== expected[axis])) {
        throw invalidAdapter(file, `${name} must have shape [${expected}]; got [${found}]`)
      }
      left.delete(name)
    }
  }
  const [unknown] = left
  if (unknown === undefined) return
  throw invalidAdapter(
    file,
    `every tensor must be lora_A or lora_B of a linear layer of the base; got ${unknown}`,
  )
}

function invalidAdapter(file: string, problem: string): MedtuneError {
  return new MedtuneError(
    'INVALID_ADAPTER',
    `${file}: ${problem}. Give the base model that the adapter was trained on.`,
  )
}
