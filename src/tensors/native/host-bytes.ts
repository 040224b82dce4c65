import { MedtuneError } from '../../errors.js'
import type { TensorDtype } from '../ops.js'
import { tensorflowTypes } from './binding.js'

export type HostArray = Float32Array | Int32Array | Uint8Array | Uint16Array

/**
 * A typed array as raw bytes and TensorFlow's number for their dtype.
 * @throws MedtuneError INTERNAL when the length is not the shape's, or the dtype does not fit the array
 */
export function hostBytes(
  data: HostArray,
  shape: readonly number[],
  dtype?: TensorDtype,
): { bytes: Uint8Array; type: number } {
  const count = shape.reduce((product, size) => product * size, 1)
  if (data.length !== count) {
    throw new MedtuneError(
      'INTERNAL',
      `data of shape [${shape}] must have ${count} elements; got ${data.length}.`,
    )
  }
  const own = dtypesOf(data)
  const chosen = dtype ?? own[0]
  if (chosen === undefined || !own.includes(chosen)) {
    throw new MedtuneError(
      'INTERNAL',
      `dtype of a ${data.constructor.name} must be ${own.join(' or ')}; got ${dtype}.`,
    )
  }
  return {
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    type: tensorflowTypes[chosen],
  }
}

function dtypesOf(data: HostArray): readonly TensorDtype[] {
  if (data instanceof Float32Array) return ['float32']
  if (data instanceof Int32Array) return ['int32']
  if (data instanceof Uint8Array) return ['uint8']
  return ['bfloat16', 'float16']
}
