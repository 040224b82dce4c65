import { writeFileAtomically } from '../atomic-file.js'
import { MedtuneError } from '../errors.js'
import { elementCount } from '../tensors/dtype.js'
import {
  elementsPerBlock,
  encodeGgufValues,
  type GgufTensorType,
  ggufByteLength,
  ggufTypeId,
} from './gguf-blocks.js'

/** A metadata value with its type in the file. */
export type GgufValue =
  | { readonly type: 'u32' | 'i32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly values: readonly string[] }
  | { readonly type: 'bools'; readonly values: readonly boolean[] }
  | { readonly type: 'i32s' | 'f32s'; readonly values: readonly number[] }

/** Metadata in the order of the file. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>

export interface GgufTensor {
  readonly name: string
  /** Outermost first, as everywhere here; the file holds the reverse. */
  readonly shape: readonly number[]
  readonly type: GgufTensorType
  /** float32 values of `shape`; called when its turn comes, so that a large file needs the memory of one tensor. */
  readonly data: () => Promise<Float32Array>
}

const version = 3
const alignment = 32
const scalarIds = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8 } as const
const arrayId = 9
const elementIds = {
  strings: scalarIds.string,
  bools: scalarIds.bool,
  i32s: scalarIds.i32,
  f32s: scalarIds.f32,
} as const

/**
 * Writes a GGUF file (version 3, little-endian, tensors aligned to 32 bytes) whole or not at all.
 *
 * @returns bytes of all tensors
 * @throws INVALID_ARGUMENT for a repeated name, rows that are no whole blocks, or a wrong number of values; FILE_UNWRITABLE
 */
export async function writeGguf(
  file: string,
  metadata: GgufMetadata,
  tensors: readonly GgufTensor[],
): Promise<number> {
  const header = new GgufBytes()
  header.ascii('GGUF')
  header.u32(version)
  header.u64(tensors.length)
  header.u64(metadata.size)
  for (const [key, value] of metadata) writeEntry(header, key, value)
  const sizes = layOut(header, tensors)
  header.pad()
  await writeFileAtomically(file, async (append) => {
    await append(header.bytes())
    for (const [index, tensor] of tensors.entries()) {
      const values = await tensor.data()
      if (values.length !== elementCount(tensor.shape)) {
        const rule = `must give ${elementCount(tensor.shape)} values; got ${values.length}`
        throw invalid(tensor.name, `${rule}. Pass data of its shape`)
      }
      await append(encodeGgufValues(tensor.type, values))
      await append(new Uint8Array(paddingAfter(sizes[index] ?? 0)))
    }
  })
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** The table of tensors. Returns the bytes of each, without padding. */
function layOut(header: GgufBytes, tensors: readonly GgufTensor[]): number[] {
  const names = new Set<string>()
  let offset = 0
  return tensors.map(({ name, shape, type }) => {
    if (names.has(name)) throw invalid(name, 'must be there once. Rename it')
    names.add(name)
    const row = shape.at(-1) ?? 0
    if (row === 0 || row % elementsPerBlock(type) !== 0) {
      throw invalid(name, `rows must be whole blocks of ${elementsPerBlock(type)}; got ${row}. Use F16`)
    }
    header.string(name)
    header.u32(shape.length)
    for (const size of [...shape].reverse()) header.u64(size)
    header.u32(ggufTypeId(type))
    header.u64(offset)
    const bytes = ggufByteLength(type, elementCount(shape))
    offset += bytes + paddingAfter(bytes)
    return bytes
  })
}

function writeEntry(header: GgufBytes, key: string, value: GgufValue): void {
  header.string(key)
  if (!('values' in value)) {
    header.u32(scalarIds[value.type])
    if (value.type === 'string') header.string(value.value)
    else if (value.type === 'bool') header.u8(value.value ? 1 : 0)
    else header.number(value.type, value.value)
    return
  }
  header.u32(arrayId)
  header.u32(elementIds[value.type])
  header.u64(value.values.length)
  if (value.type === 'strings') for (const text of value.values) header.string(text)
  else if (value.type === 'bools') for (const bool of value.values) header.u8(bool ? 1 : 0)
  else for (const number of value.values) header.number(value.type === 'i32s' ? 'i32' : 'f32', number)
}

function paddingAfter(byteLength: number): number {
  return (alignment - (byteLength % alignment)) % alignment
}

function invalid(tensor: string, problem: string): MedtuneError {
  return new MedtuneError('INVALID_ARGUMENT', `Tensor ${tensor} of a GGUF file: ${problem}.`)
}

/** Little-endian bytes that grow as they are written. */
class GgufBytes {
  private buffer = new Uint8Array(65536)
  private view = new DataView(this.buffer.buffer)
  private length = 0

  u8(value: number): void {
    const at = this.take(1)
    this.view.setUint8(at, value)
  }

  u32(value: number): void {
    const at = this.take(4)
    this.view.setUint32(at, value, true)
  }

  u64(value: number): void {
    const at = this.take(8)
    this.view.setBigUint64(at, BigInt(value), true)
  }

  number(type: 'u32' | 'i32' | 'f32', value: number): void {
    const at = this.take(4)
    if (type === 'f32') this.view.setFloat32(at, value, true)
    else if (type === 'i32') this.view.setInt32(at, value, true)
    else this.view.setUint32(at, value, true)
  }

  ascii(text: string): void {
    this.append(new TextEncoder().encode(text))
  }

  string(text: string): void {
    const bytes = new TextEncoder().encode(text)
    this.u64(bytes.length)
    this.append(bytes)
  }

  pad(): void {
    this.append(new Uint8Array(paddingAfter(this.length)))
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }

  private append(bytes: Uint8Array): void {
    const at = this.take(bytes.length)
    this.buffer.set(bytes, at)
  }

  /** Where `count` new bytes begin. It may replace `view`: call it first. */
  private take(count: number): number {
    const at = this.length
    this.length += count
    if (this.length > this.buffer.length) {
      const larger = new Uint8Array(2 * this.length)
      larger.set(this.buffer)
      this.buffer = larger
      this.view = new DataView(larger.buffer)
    }
    return at
  }
}
