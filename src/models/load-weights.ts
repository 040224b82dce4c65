import { isFloatStorageDtype, type StorageDtype } from '../tensors/dtype.js'
import { Nf4Tables, uploadNf4 } from '../tensors/nf4-device.js'
import type { Ops } from '../tensors/ops.js'
import { encodeNf4, type Nf4Tensor } from '../tensors/quantization.js'
import { isNf4, readNf4 } from '../tensors/quantization-checkpoint.js'
import type { SafetensorsFile } from '../tensors/safetensors.js'
import type { WeightSpec } from './architecture.js'
import { embeddingPath, headPath } from './decoder-modules.js'
import type { LinearWeight } from './layers/linear-weight.js'
import { Nf4Weight } from './layers/nf4-weight.js'
import { rowsFromCheckpoint } from './layers/row-order.js'
import type { Parameter } from './parameter.js'
import { uploadInDtype, type WeightDtype } from './weight-dtype.js'

interface WeightSource {
  /** The checkpoint as it is stored. */
  readonly stored: SafetensorsFile
  /** The same with 4-bit tensors as their values. */
  readonly values: SafetensorsFile
}

interface LoadWeightsOptions {
  readonly dtype: WeightDtype
  readonly loadIn4bit: boolean
  readonly onProgress: ((doneBytes: number, totalBytes: number) => void) | undefined
}

interface LoadedWeights {
  readonly weights: ReadonlyMap<string, Parameter>
  /** Matrices of layers that are held in 4 bits. */
  readonly packed: ReadonlyMap<string, LinearWeight>
}

/**
 * Brings the tensors of a checkpoint to the device, one at a time: no more than one exists on the host.
 *
 * @throws INVALID_SAFETENSORS, OUT_OF_MEMORY, with everything loaded so far freed
 */
export async function loadWeights(
  ops: Ops,
  { stored, values }: WeightSource,
  specs: readonly WeightSpec[],
  { dtype, loadIn4bit, onProgress }: LoadWeightsOptions,
): Promise<LoadedWeights> {
  const weights = new Map<string, Parameter>()
  const packed = new Map<string, Nf4Weight>()
  const tables = new Nf4Tables(ops)
  const totalBytes = specs.reduce((sum, { path }) => sum + stored.info(path).sizeBytes, 0)
  let doneBytes = 0
  try {
    for (const spec of specs) {
      const nf4 = await readPacked({ stored, values }, spec, loadIn4bit)
      if (nf4 === undefined) weights.set(spec.path, await readDense(ops, { stored, values }, spec, dtype))
      else {
        const { path, rowOrder } = spec
        const tensor = uploadNf4(ops, nf4, tables)
        packed.set(path, new Nf4Weight(ops, { path, tensor, rowOrder, dtype }))
      }
      doneBytes += stored.info(spec.path).sizeBytes
      onProgress?.(doneBytes, totalBytes)
    }
    return { weights, packed }
  } catch (error) {
    for (const { value } of weights.values()) ops.free(value)
    for (const weight of packed.values()) for (const { value } of weight.parameters()) ops.free(value)
    throw error
  } finally {
    tables.dispose()
  }
}

/** A layer's matrix in 4 bits, as it is stored or encoded now; undefined where it is to be dense. */
async function readPacked(
  { stored, values }: WeightSource,
  { path, shape }: WeightSpec,
  loadIn4bit: boolean,
): Promise<Nf4Tensor | undefined> {
  if (shape.length !== 2 || path === embeddingPath || path === headPath) return undefined
  if (isNf4(stored, path)) return readNf4(stored, path)
  if (!loadIn4bit) return undefined
  const { dtype } = stored.info(path)
  const { data } = await values.readFloat32(path)
  return encodeNf4(data, { shape, ...(isFloatStorageDtype(dtype) ? { dtype } : {}) })
}

/** Storage dtypes whose bits the device can take as they are. */
const storedAs: Readonly<Partial<Record<StorageDtype, WeightDtype>>> = { BF16: 'bfloat16', F16: 'float16' }

async function readDense(
  ops: Ops,
  { stored, values }: WeightSource,
  spec: WeightSpec,
  dtype: WeightDtype,
): Promise<Parameter> {
  const { path, shape, rowOrder } = spec
  const isRaw = storedAs[stored.info(path).dtype] === dtype && shape.length > 1 && rowOrder.kind === 'plain'
  if (!isRaw) return uploadWeight(ops, spec, (await values.readFloat32(path)).data, dtype)
  const { buffer, byteOffset, byteLength } = (await stored.read(path)).data
  const bits = new Uint16Array(buffer, byteOffset, byteLength / 2)
  return { path, value: ops.keep(ops.upload(bits, shape, dtype)), trainable: false, rowOrder }
}

/** @param data float32 values in the checkpoint's row order */
export function uploadWeight(
  ops: Ops,
  spec: WeightSpec,
  data: Float32Array,
  dtype: WeightDtype = 'float32',
): Parameter {
  const rows = rowsFromCheckpoint(data, spec.shape[0] ?? 0, spec.rowOrder)
  const { path, rowOrder } = spec
  return { path, value: uploadInDtype(ops, rows, spec.shape, dtype), trainable: false, rowOrder }
}
