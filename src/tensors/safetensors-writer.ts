import { writeFileAtomically } from '../atomic-file.js'
import { MedtuneError } from '../errors.js'
import {
  bytesPerElement,
  elementCount,
  encodeFloat32,
  isFloatStorageDtype,
  type StorageDtype,
} from './dtype.js'
import { lengthPrefixBytes, maxHeaderBytes, serializeHeader, type TensorInfo } from './safetensors-header.js'

/** Little-endian bytes of `dtype`, or float32 values that are rounded to `dtype` (F32, F16 or BF16). */
export type TensorData = Uint8Array | Float32Array

export interface SafetensorsEntry {
  readonly name: string
  readonly dtype: StorageDtype
  readonly shape: readonly number[]
  /** A function is called when its turn comes, so that a large file needs the memory of one tensor. */
  readonly data: TensorData | (() => TensorData | Promise<TensorData>)
}

/**
 * Writes a safetensors file whole or not at all. Tensors are laid out widest dtype first, so that each starts aligned to its elements; otherwise in the order given.
 *
 * @throws INVALID_ARGUMENT for a bad name, shape or data length; FILE_UNWRITABLE (disk full, permission)
 */
export async function writeSafetensors(
  file: string,
  entries: readonly SafetensorsEntry[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<void> {
  const ordered = [...entries].sort((a, b) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype))
  const header = serializeHeader(layOut(ordered), metadata)
  if (header.byteLength > maxHeaderBytes) {
    throw invalid(
      file,
      `the header must have at most ${maxHeaderBytes} bytes; got ${header.byteLength}. Split the file.`,
    )
  }
  await writeFileAtomically(file, async (append) => {
    await append(prefixOf(header.byteLength))
    await append(header)
    for (const entry of ordered) await append(await entryBytes(file, entry))
  })
}

function layOut(entries: readonly SafetensorsEntry[]): Map<string, TensorInfo> {
  const tensors = new Map<string, TensorInfo>()
  let begin = 0
  for (const { name, dtype, shape } of entries) {
    if (name === '__metadata__' || tensors.has(name)) {
      throw invalid(name, 'a tensor name must be unique and not __metadata__. Rename the tensor.')
    }
    if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      throw invalid(name, `shape must be non-negative integers; got [${shape}]. Pass the tensor's shape.`)
    }
    const end = begin + elementCount(shape) * bytesPerElement(dtype)
    tensors.set(name, { dtype, shape, begin, end })
    begin = end
  }
  return tensors
}

async function entryBytes(file: string, { name, dtype, shape, data }: SafetensorsEntry): Promise<Uint8Array> {
  const content = typeof data === 'function' ? await data() : data
  let bytes: Uint8Array
  if (content instanceof Uint8Array) bytes = content
  else if (isFloatStorageDtype(dtype)) bytes = encodeFloat32(dtype, content)
  else
    throw invalid(
      file,
      `tensor "${name}": float32 values become F32, F16 or BF16, not ${dtype}. Pass its bytes.`,
    )
  const expected = elementCount(shape) * bytesPerElement(dtype)
  if (bytes.byteLength !== expected) {
    throw invalid(
      file,
      `tensor "${name}": ${dtype} [${shape}] takes ${expected} bytes; got ${bytes.byteLength}. Pass data of that shape.`,
    )
  }
  return bytes
}

function prefixOf(headerBytes: number): Uint8Array {
  const prefix = new Uint8Array(lengthPrefixBytes)
  new DataView(prefix.buffer).setBigUint64(0, BigInt(headerBytes), true)
  return prefix
}

function invalid(subject: string, problem: string): MedtuneError {
  return new MedtuneError('INVALID_ARGUMENT', `${subject}: ${problem}`)
}
