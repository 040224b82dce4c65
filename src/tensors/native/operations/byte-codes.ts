import type { ByteTable } from '../../ops.js'
import { tensorflowTypes } from '../binding.js'
import { attributesOf, typeAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import { cast, elementWise } from './element-wise.js'
import { reduce } from './reductions.js'
import { gather } from './rows.js'
import { reshape } from './shapes.js'

const { float32, int32, uint8, uint16, complex64, complex128 } = tensorflowTypes

/** The least divisor of a row: TensorFlow takes smaller ones, which are not normal numbers, as zero. */
const smallestMaximum = 1.2e-38

/**
 * The cost of a look-up is that of its index, so elements are as wide as TensorFlow can move them: two numbers of a byte
 * are one complex number, and two bytes together choose among 65,536 times four numbers.
 * See `Ops.byteTable`.
 */
export function makeByteTable(runner: OpRunner, values: Float32Array, width: number): ByteTable {
  const single = runner.upload(
    bytesOf(values),
    width === 2 ? [256] : [256, width],
    width === 2 ? complex64 : float32,
  )
  if (width !== 2) return { width, tensors: [single] }
  const wide = new Float32Array(4 * 65_536)
  for (let pair = 0; pair < 65_536; pair++) {
    // The first byte in memory is the low one of the number.
    const [first, second] = [2 * (pair & 255), 2 * (pair >>> 8)]
    wide.set(values.subarray(first, first + 2), 4 * pair)
    wide.set(values.subarray(second, second + 2), 4 * pair + 2)
  }
  return { width, tensors: [single, runner.upload(bytesOf(wide), [65_536], complex128)] }
}

/** See `Ops.lookUp`. */
export function lookUp(runner: OpRunner, bytes: NativeTensor, { width, tensors }: ByteTable): NativeTensor {
  const [single, wide] = tensors as readonly NativeTensor[] as [NativeTensor, NativeTensor | undefined]
  const count = bytes.shape.reduce((product, size) => product * size, 1)
  const inPairs = wide !== undefined && count % 2 === 0
  const grouped = reshape(runner, bytes, inPairs ? [count / 2, 2] : [count])
  const units = inPairs ? bitcast(runner, grouped, uint16) : grouped
  const indices = cast(runner, units, int32)
  const found = gather(runner, inPairs ? wide : single, indices) // [n] wide elements or [n, width]
  const numbers = found.tensorflowType === float32 ? found : bitcast(runner, found, float32)
  const result = reshape(runner, numbers, [...bytes.shape, width])
  runner.free(grouped, units, indices, found, numbers)
  return result
}

/** See `Ops.encodeRows`. */
export function encodeRows(
  runner: OpRunner,
  x: NativeTensor,
  boundaries: NativeTensor,
): { codes: NativeTensor; maxima: NativeTensor } {
  const magnitudes = elementWise(runner, 'Abs', x)
  const maxima = reduce(runner, 'Max', magnitudes, [-1], true) // [rows, 1]
  const divisors = elementWise(runner, 'Maximum', maxima, runner.scalar(smallestMaximum, float32))
  const inverses = elementWise(runner, 'RealDiv', runner.scalar(1, float32), divisors)
  const scaled = elementWise(runner, 'Mul', x, inverses)
  const rows = [reshape(runner, boundaries, [1, -1]), reshape(runner, scaled, [1, -1])] as const
  const attributes = attributesOf('LowerBound', () => [
    typeAttribute('T', float32),
    typeAttribute('out_type', int32),
  ])
  const counts = runner.run('LowerBound', attributes, rows)
  const narrow = cast(runner, counts, uint8)
  const codes = reshape(runner, narrow, x.shape)
  runner.free(magnitudes, divisors, inverses, scaled, ...rows, counts, narrow)
  return { codes, maxima }
}

/** The same bytes as elements of another size; the last axis goes or comes with the ratio. */
function bitcast(runner: OpRunner, x: NativeTensor, type: number): NativeTensor {
  const attributes = attributesOf(`Bitcast${x.tensorflowType},${type}`, () => [
    typeAttribute('T', x.tensorflowType),
    typeAttribute('type', type),
  ])
  return runner.run('Bitcast', attributes, [x], x)
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
