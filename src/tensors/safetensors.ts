import { type FileHandle, open } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import {
  bytesPerElement,
  decodeFloat32,
  elementCount,
  isFloatStorageDtype,
  type StorageDtype,
} from './dtype.js'
import { readFailure } from './read-failure.js'
import {
  lengthPrefixBytes,
  parseHeader,
  parseHeaderLength,
  type SafetensorsHeader,
  safetensorsError,
  type TensorInfo,
} from './safetensors-header.js'

/** One `read` call never asks for more: the kernel transfers at most 2 GiB at a time. */
const maxReadBytes = 2 ** 30
/** 16-bit weights are converted piece by piece, so that a tensor never exists twice in memory. */
const conversionBytes = 2 ** 22

/** Tensors by name, read when asked for. A single file and a sharded checkpoint look the same. Close it when done. */
export interface SafetensorsFile {
  /** Every tensor's name, in the order of the bytes. */
  readonly names: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  has(name: string): boolean
  /** @throws INVALID_SAFETENSORS when there is no such tensor */
  info(name: string): { dtype: StorageDtype; shape: readonly number[]; sizeBytes: number }
  /** The stored bytes, little-endian, in new memory that the caller owns. */
  read(name: string): Promise<{ dtype: StorageDtype; shape: readonly number[]; data: Uint8Array }>
  /** Values as float32, row-major, in new memory that the caller owns. @throws INVALID_SAFETENSORS unless stored as F32, F16 or BF16 */
  readFloat32(name: string): Promise<{ shape: readonly number[]; data: Float32Array }>
  close(): Promise<void>
}

/**
 * Opens one `.safetensors` file. Only its header is read here; each tensor is read on request, so the file may be
 * larger than memory.
 *
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, INVALID_SAFETENSORS (file, tensor, rule)
 */
export async function openSafetensors(file: string): Promise<SafetensorsFile> {
  let handle: FileHandle
  try {
    handle = await open(file, 'r')
  } catch (cause) {
    throw readFailure(file, cause)
  }
  try {
    const { size } = await handle.stat()
    const prefix = await readRange(handle, file, 0, Math.min(size, lengthPrefixBytes))
    const headerBytes = parseHeaderLength(file, prefix, size)
    const dataStart = lengthPrefixBytes + headerBytes
    const header = parseHeader(
      file,
      await readRange(handle, file, lengthPrefixBytes, headerBytes),
      size - dataStart,
    )
    return new OpenFile(file, handle, header, dataStart)
  } catch (cause) {
    await handle.close()
    throw cause instanceof MedtuneError ? cause : readFailure(file, cause)
  }
}

class OpenFile implements SafetensorsFile {
  readonly names: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  private closed = false

  constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    private readonly header: SafetensorsHeader,
    private readonly dataStart: number,
  ) {
    this.names = [...header.tensors.keys()]
    this.metadata = header.metadata
  }

  has(name: string): boolean {
    return this.header.tensors.has(name)
  }

  info(name: string): { dtype: StorageDtype; shape: readonly number[]; sizeBytes: number } {
    const { dtype, shape, begin, end } = this.find(name)
    return { dtype, shape, sizeBytes: end - begin }
  }

  async read(name: string): Promise<{ dtype: StorageDtype; shape: readonly number[]; data: Uint8Array }> {
    const { dtype, shape, begin, end } = this.find(name)
    this.checkOpen()
    return {
      dtype,
      shape,
      data: await readRange(this.handle, this.file, this.dataStart + begin, end - begin),
    }
  }

  async readFloat32(name: string): Promise<{ shape: readonly number[]; data: Float32Array }> {
    const { dtype, shape, begin, end } = this.find(name)
    if (!isFloatStorageDtype(dtype)) {
      throw new MedtuneError(
        'INVALID_SAFETENSORS',
        `${path.basename(this.file)}: tensor "${name}" must be F32, F16 or BF16 to be read as float32; it is ${dtype}.` +
          ' Load a checkpoint with unquantized weights, or one in a supported quantization.',
      )
    }
    this.checkOpen()
    const data = new Float32Array(elementCount(shape))
    if (dtype === 'F32') {
      await readInto(this.handle, this.file, this.dataStart + begin, new Uint8Array(data.buffer))
      return { shape, data }
    }
    const piece = new Uint8Array(Math.min(conversionBytes, end - begin))
    for (let offset = begin; offset < end; offset += piece.byteLength) {
      const bytes = piece.subarray(0, end - offset)
      await readInto(this.handle, this.file, this.dataStart + offset, bytes)
      const first = (offset - begin) / bytesPerElement(dtype)
      decodeFloat32(dtype, bytes, data.subarray(first, first + bytes.byteLength / bytesPerElement(dtype)))
    }
    return { shape, data }
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    await this.handle.close()
  }

  private find(name: string): TensorInfo {
    const info = this.header.tensors.get(name)
    if (info === undefined) throw missingTensor(this.file, name)
    return info
  }

  private checkOpen(): void {
    if (!this.closed) return
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `${path.basename(this.file)} is closed. Read tensors before close().`,
    )
  }
}

/** The error for a tensor that a checkpoint does not hold. */
export function missingTensor(file: string, name: string): MedtuneError {
  return new MedtuneError(
    'INVALID_SAFETENSORS',
    `${path.basename(file)}: tensor "${name}" must be in the file; it is not.` +
      ' Check that config.json and the weights belong to the same model.',
  )
}

async function readRange(
  handle: FileHandle,
  file: string,
  position: number,
  sizeBytes: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes)
  await readInto(handle, file, position, bytes)
  return bytes
}

async function readInto(
  handle: FileHandle,
  file: string,
  position: number,
  target: Uint8Array,
): Promise<void> {
  let done = 0
  while (done < target.byteLength) {
    const length = Math.min(maxReadBytes, target.byteLength - done)
    const { bytesRead } = await handle.read(target, done, length, position + done)
    if (bytesRead === 0)
      throw safetensorsError(file, `the file ends at byte ${position + done}, before its data does`)
    done += bytesRead
  }
}
