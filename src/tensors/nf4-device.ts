import { MedtuneError } from '../errors.js'
import { elementCount, type FloatStorageDtype } from './dtype.js'
import { asDtype } from './fused/as-dtype.js'
import type { PackedMatrix } from './kernel-ops.js'
import type { ByteTable, Ops, Tensor, TensorDtype } from './ops.js'
import type { NestedMaxima, Nf4Tensor } from './quantization.js'

/** Absolute maxima of blocks in 8 bits: codes uint8 [rows, blockSize], one float32 maximum for each row, one offset. */
interface DeviceMaxima {
  readonly codes: Tensor
  readonly levels: ByteTable
  readonly rowMaxima: Tensor
  readonly offset: Tensor
}

/** A 4-bit matrix on the device, packed as on disk. Its handles are kept: free those of `nf4Handles`. */
export interface DeviceNf4 {
  readonly shape: readonly number[]
  /** What decoded values are rounded to. */
  readonly rounding: FloatStorageDtype
  readonly blockSize: number
  /** uint8 [blocks, blockSize / 2], zeros in the tail of the last one. */
  readonly packed: Tensor
  /** The two levels of each byte. */
  readonly pairs: ByteTable
  /** float32 [blocks, 1], or those in 8 bits. */
  readonly maxima: Tensor | DeviceMaxima
}

/** Look-up tables on the device, each uploaded once for all matrices with the same levels. Free with `dispose`. */
export class Nf4Tables {
  private readonly tables = new Map<string, ByteTable>()

  constructor(private readonly ops: Ops) {}

  /** Handles of the caller's own to a table's memory. */
  get(values: Float32Array, width: number): ByteTable {
    const { ops } = this
    const key = `${width};${values}`
    let table = this.tables.get(key)
    if (table === undefined) {
      table = ops.byteTable(values, width)
      for (const tensor of table.tensors) ops.keep(tensor)
      this.tables.set(key, table)
    }
    return { width, tensors: table.tensors.map((tensor) => ops.keep(ops.reshape(tensor, tensor.shape))) }
  }

  dispose(): void {
    for (const { tensors } of this.tables.values()) this.ops.free(...tensors)
    this.tables.clear()
  }
}

/** Level 7 is zero: what a last block that is not full is filled with. */
const zeroPair = 0x77

/**
 * Copies a 4-bit tensor to the device as it is stored, half a byte per value.
 *
 * @throws INVALID_SAFETENSORS for blocks of an odd number of values, which bytes of two do not divide into
 */
export function uploadNf4(ops: Ops, tensor: Nf4Tensor, tables: Nf4Tables): DeviceNf4 {
  const { shape, dtype, packed, levels, blockSize, absmax } = tensor
  if (blockSize % 2 !== 0) {
    throw new MedtuneError(
      'INVALID_SAFETENSORS',
      `blocksize of a 4-bit tensor must be even; got ${blockSize}. Take a checkpoint that bitsandbytes wrote.`,
    )
  }
  const blocks = Math.ceil(elementCount(shape) / blockSize)
  const bytes = filled(packed, (blocks * blockSize) / 2, zeroPair)
  const pairValues = Float32Array.from({ length: 512 }, (_, i) => {
    const pair = i >>> 1
    return levels[i % 2 === 0 ? pair >>> 4 : pair & 15] as number
  })
  return {
    ...{ shape, rounding: dtype, blockSize },
    packed: ops.keep(ops.upload(bytes, [blocks, blockSize / 2])),
    pairs: tables.get(pairValues, 2),
    maxima:
      absmax instanceof Float32Array
        ? ops.keep(ops.upload(absmax, [blocks, 1]))
        : uploadMaxima(ops, absmax, tables),
  }
}

function uploadMaxima(
  ops: Ops,
  { codes, levels, absmax, blockSize, offset }: NestedMaxima,
  tables: Nf4Tables,
): DeviceMaxima {
  const rows = absmax.length
  return {
    codes: ops.keep(ops.upload(filled(codes, rows * blockSize, 0), [rows, blockSize])),
    levels: tables.get(levels, 1),
    rowMaxima: ops.keep(ops.upload(absmax, [rows, 1])),
    offset: ops.keep(ops.upload(Float32Array.of(offset), [1])),
  }
}

function filled(bytes: Uint8Array, length: number, value: number): Uint8Array {
  if (bytes.length === length) return bytes
  const result = new Uint8Array(length).fill(value)
  result.set(bytes)
  return result
}

/** Everything held on the device, in a stable order. */
export function nf4Handles({ packed, pairs, maxima }: DeviceNf4): Tensor[] {
  if ('dtype' in maxima) return [packed, ...pairs.tensors, maxima]
  const { codes, levels, rowMaxima, offset } = maxima
  return [packed, ...pairs.tensors, codes, ...levels.tensors, rowMaxima, offset]
}

const roundings: Readonly<Record<FloatStorageDtype, TensorDtype>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
}

/**
 * The values of a 4-bit matrix: level · maximum of its block in float32, rounded to the tensor's dtype, as `decodeNf4`
 * computes them on the host, bit for bit.
 *
 * @param dtype what the result is held in
 * @param rows int32 [out]: which stored row of a matrix each row of the result is; by default the same one
 * @returns [...shape], owned by the open scope
 */
export function decodeOnDevice(ops: Ops, tensor: DeviceNf4, dtype: TensorDtype, rows?: Tensor): Tensor {
  const { shape } = tensor
  if (ops.fewRows !== undefined && shape.length === 2 && (dtype === 'float32' || dtype === 'bfloat16')) {
    return ops.fewRows.decodePacked(packedMatrix(tensor, dtype, rows), dtype)
  }
  if (rows === undefined) return decodeByLookUp(ops, tensor, dtype)
  return ops.scope(() => ops.gather(decodeByLookUp(ops, tensor, dtype), rows))
}

function decodeByLookUp(ops: Ops, tensor: DeviceNf4, dtype: TensorDtype): Tensor {
  const { shape, rounding, blockSize, packed, pairs } = tensor
  return ops.scope(() => {
    const [blocks = 0] = packed.shape
    const levels = ops.reshape(ops.lookUp(packed, pairs), [blocks, blockSize])
    const values = ops.mul(levels, blockMaxima(ops, tensor, blocks)) // [blocks, blockSize]
    const rounded = asDtype(ops, asDtype(ops, values, roundings[rounding]), dtype)
    const count = elementCount(shape)
    if (count === blocks * blockSize) return ops.reshape(rounded, shape)
    return ops.reshape(ops.slice(ops.reshape(rounded, [-1]), [0], [count]), shape)
  })
}

/**
 * What products with the packed matrix need, equal to those with the decoded one.
 * @param dtype what values are held in when decoded
 * @param rows int32 [out]: which stored row each row is
 */
export function packedMatrix(tensor: DeviceNf4, dtype: TensorDtype, rows: Tensor | undefined): PackedMatrix {
  const { shape, rounding, packed, pairs, maxima } = tensor
  return { shape, packed, pairs, maxima, rows, roundedTo: [roundings[rounding], dtype] }
}

/** float32 [blocks, 1] */
function blockMaxima(ops: Ops, { maxima }: DeviceNf4, blocks: number): Tensor {
  if ('dtype' in maxima) return maxima
  const { codes, levels, rowMaxima, offset } = maxima
  const decoded = ops.mul(ops.reshape(ops.lookUp(codes, levels), codes.shape), rowMaxima)
  const all = ops.reshape(ops.add(decoded, offset), [-1, 1])
  return all.shape[0] === blocks ? all : ops.slice(all, [0, 0], [blocks, 1])
}
