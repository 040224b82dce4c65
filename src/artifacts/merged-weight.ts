import { MedtuneError } from '../errors.js'
import type { WeightSpec } from '../models/architecture.js'
import type { SafetensorsFile } from '../tensors/safetensors.js'
import type { AdapterTensors } from './adapter-tensors.js'

/**
 * One weight with the adapter folded in: W + s·B·A, in float32, or what the adapter holds in its place.
 *
 * @returns float32 of the spec's shape, in the checkpoint's row order; new memory of the caller
 */
export async function readMergedWeight(
  weights: SafetensorsFile,
  adapter: AdapterTensors | undefined,
  spec: WeightSpec,
): Promise<Float32Array> {
  if (adapter?.savedPaths.has(spec.path) === true) return await adapter.saved(spec)
  const { data } = await weights.readFloat32(spec.path)
  const factors = await adapter?.factors(spec)
  if (factors === undefined) return data
  const { a, b, r, scale } = factors
  const [outFeatures = 0, inFeatures = 0] = spec.shape
  const delta = new Float64Array(inFeatures)
  for (let row = 0; row < outFeatures; row++) {
    delta.fill(0)
    for (let k = 0; k < r; k++) {
      const factor = scale * (b[row * r + k] as number)
      const begin = k * inFeatures
      for (let j = 0; j < inFeatures; j++) delta[j] = (delta[j] as number) + factor * (a[begin + j] as number)
    }
    const begin = row * inFeatures
    for (let j = 0; j < inFeatures; j++) data[begin + j] = (data[begin + j] as number) + (delta[j] as number)
  }
  return data
}

/** Largest value of float16; rounding takes anything from 65520 on to infinity. */
const float16Overflow = 65520

/** @throws INVALID_ARGUMENT when a finite value would become infinite in float16 */
export function checkFloat16Range(name: string, values: Float32Array): void {
  let at = 0
  while (at < values.length && !(Math.abs(values[at] as number) >= float16Overflow)) at++
  if (at === values.length) return
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `${name} must be within ±65504 to be written as float16; it is not. Use bfloat16 or float32.`,
  )
}
