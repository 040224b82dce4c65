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
  const own = dtypesByTag[data[Symbol.toStringTag]]
  const chosen = dtype ?? own[0]
  if (chosen === undefined || !own.includes(chosen)) {
    throw new MedtuneError(
      'INTERNAL',
      `dtype of a ${data[Symbol.toStringTag]} must be ${own.join(' or ')}; got ${dtype}.`,
    )
  }
  return {
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    type: tensorflowTypes[chosen],
  }
}

/** By tag, not by `instanceof`: an array made in a notebook cell comes from another realm. */
const dtypesByTag: Readonly<Record<HostArray[typeof Symbol.toStringTag], readonly TensorDtype[]>> = {
  Float32Array: ['float32'],
  Int32Array: ['int32'],
  Uint8Array: ['uint8'],
  Uint16Array: ['bfloat16', 'float16'],
}
