import { elementCount, type FloatStorageDtype } from './dtype.js'
import { decodeNf4, type NestedMaxima, type Nf4Tensor } from './quantization.js'
import type { SafetensorsFile } from './safetensors.js'
import { safetensorsError } from './safetensors-header.js'

/** What bitsandbytes keeps beside a 4-bit tensor `P`: `P.absmax`, `P.quant_map`, …, and this JSON in bytes. */
export const stateSuffix = '.quant_state.bitsandbytes__nf4'
const companion = /\.(absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.bitsandbytes__\w+)$/

interface QuantizationState {
  readonly shape: readonly number[]
  readonly dtype: FloatStorageDtype
  readonly blockSize: number
  readonly nested: { readonly blockSize: number; readonly offset: number } | undefined
}

const dtypes: Readonly<Record<string, FloatStorageDtype>> = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
}

/** Whether the tensor `name` is held in 4-bit NormalFloat: decided for each tensor, as some files mix. */
export function isNf4(file: SafetensorsFile, name: string): boolean {
  return file.has(name + stateSuffix)
}

/**
 * Reads one 4-bit tensor of a bitsandbytes checkpoint as it is stored; `decodeNf4` gives its values, also row by row.
 *
 * @throws INVALID_SAFETENSORS when its companions are missing or do not fit
 */
export async function readNf4(file: SafetensorsFile, name: string): Promise<Nf4Tensor> {
  const { nested, ...state } = await readState(file, name)
  // Other storage dtypes than U8 are a view of the same bytes.
  const packed = (await file.read(name)).data
  const absmax = await readMaxima(file, name, nested)
  const levels = (await file.readFloat32(`${name}.quant_map`)).data
  const tensor: Nf4Tensor = { ...state, packed, levels, absmax }
  checkSizes(name, tensor)
  return tensor
}

/**
 * A checkpoint as if it were not quantized: 4-bit tensors are decoded when read, one at a time, and what belongs to
 * their coding is not listed. Other tensors pass through.
 *
 * @throws INVALID_SAFETENSORS for a quantization state that cannot be read
 */
export async function withDequantized(file: SafetensorsFile): Promise<SafetensorsFile> {
  const states = new Map<string, QuantizationState>()
  for (const name of file.names) if (isNf4(file, name)) states.set(name, await readState(file, name))
  if (states.size === 0) return file
  const owner = (name: string): string => name.replace(companion, '')
  return {
    names: file.names.filter((name) => owner(name) === name || !file.has(owner(name))),
    metadata: file.metadata,
    has: (name) => file.has(name),
    info: (name) => {
      const state = states.get(name)
      if (state === undefined) return file.info(name)
      return { dtype: state.dtype, shape: state.shape, sizeBytes: file.info(name).sizeBytes }
    },
    read: (name) => file.read(name),
    async readFloat32(name) {
      if (!states.has(name)) return file.readFloat32(name)
      const tensor = await readNf4(file, name)
      return { shape: tensor.shape, data: decodeNf4(tensor) }
    },
    close: () => file.close(),
  }
}

async function readState(file: SafetensorsFile, name: string): Promise<QuantizationState> {
  const { data } = await file.read(name + stateSuffix)
  let json: Record<string, unknown>
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data))
  } catch (cause) {
    throw stateError(name, 'must be JSON', cause)
  }
  const { quant_type: type, shape, blocksize, dtype, nested_blocksize, nested_offset } = json
  if (type !== 'nf4') throw stateError(name, 'quant_type must be nf4')
  const isSizes = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  if (!isSizes) throw stateError(name, 'shape must be non-negative integers')
  const storage = typeof dtype === 'string' ? dtypes[dtype] : undefined
  if (storage === undefined) throw stateError(name, 'dtype must be float32, float16 or bfloat16')
  if (!isBlockSize(blocksize)) throw stateError(name, 'blocksize must be a positive integer')
  const common = { shape, dtype: storage, blockSize: blocksize }
  if (nested_offset === undefined) return { ...common, nested: undefined }
  if (typeof nested_offset !== 'number' || !isBlockSize(nested_blocksize)) {
    throw stateError(name, 'nested_offset and nested_blocksize must be numbers')
  }
  return { ...common, nested: { blockSize: nested_blocksize, offset: Math.fround(nested_offset) } }
}

async function readMaxima(
  file: SafetensorsFile,
  name: string,
  nested: QuantizationState['nested'],
): Promise<Float32Array | NestedMaxima> {
  if (nested === undefined) return (await file.readFloat32(`${name}.absmax`)).data
  for (const part of ['nested_absmax', 'nested_quant_map']) {
    if (!file.has(`${name}.${part}`)) throw stateError(name, `names nested maxima; ${part} must be there too`)
  }
  return {
    codes: (await file.read(`${name}.absmax`)).data,
    levels: (await file.readFloat32(`${name}.nested_quant_map`)).data,
    absmax: (await file.readFloat32(`${name}.nested_absmax`)).data,
    ...nested,
  }
}

function checkSizes(name: string, { shape, packed, levels, absmax, blockSize }: Nf4Tensor): void {
  const count = elementCount(shape)
  const blocks = Math.ceil(count / blockSize)
  const found = absmax instanceof Float32Array ? absmax.length : absmax.codes.length
  if (packed.length !== Math.ceil(count / 2) || found !== blocks || levels.length !== 16) {
    throw stateError(name, `must fit shape [${shape}]: ${Math.ceil(count / 2)} bytes in ${blocks} blocks`)
  }
  if (absmax instanceof Float32Array) return
  const nestedBlocks = Math.ceil(blocks / absmax.blockSize)
  if (absmax.absmax.length !== nestedBlocks || absmax.levels.length !== 256) {
    throw stateError(name, `must have ${nestedBlocks} nested maxima and 256 levels`)
  }
}

const isBlockSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0

function stateError(name: string, problem: string, cause?: unknown): Error {
  return safetensorsError(`quantization state of ${name}`, problem, cause)
}
