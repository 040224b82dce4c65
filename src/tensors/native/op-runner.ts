import { MedtuneError } from '../../errors.js'
import { attributeTypes, type NativeBinding, type OpAttribute, tensorflowTypes } from './binding.js'
import type { GraphAttribute } from './graph-def.js'
import { castAttributes } from './op-attributes.js'
import {
  constantTensor,
  type DeviceBuffer,
  type NativeTensor,
  type TensorLifetimes,
} from './tensor-lifetimes.js'

/** What watches operations go by, to replay them later (`trace`). */
export interface OpObserver {
  operation(
    name: string,
    attributes: readonly GraphAttribute[],
    inputs: readonly NativeTensor[],
    outputs: readonly NativeTensor[],
  ): void
  /** A handle made from host data. */
  uploaded(tensor: NativeTensor): void
}

/** Constants beyond this many are thrown away when no scope is open; each is a few bytes. */
const constantLimit = 4096

/** Runs TensorFlow operations on handles and keeps the small constants (shapes, axes, factors) they take. */
export class OpRunner {
  observer: OpObserver | undefined
  /** `operation,type` of operations that the device lacks in a dtype: they run in float32, between casts. */
  widened: ReadonlySet<string> = new Set()
  private readonly binding: NativeBinding
  private readonly lifetimes: TensorLifetimes
  private readonly constants = new Map<string, NativeTensor>()

  constructor(binding: NativeBinding, lifetimes: TensorLifetimes) {
    this.binding = binding
    this.lifetimes = lifetimes
  }

  /** @param sharesWith the input whose memory the output looks at, for the memory account */
  run(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly NativeTensor[],
    sharesWith?: NativeTensor,
  ): NativeTensor {
    const type = this.lackedType(name, inputs)
    if (type !== undefined) return this.runWidened(name, attributes, inputs, type)
    const [output] = this.execute(name, attributes, inputs, 1)
    if (output === undefined)
      throw new MedtuneError('INTERNAL', `TensorFlow ${name} must have an output; got none.`)
    const tensor = this.lifetimes.adopt(output.id, output.shape, output.dtype, sharesWith?.buffer)
    this.observer?.operation(name, attributes, inputs, [tensor])
    return tensor
  }

  /**
   * As `run`, for operations of many outputs.
   * @param buffers memory of each output where it is not its own
   */
  runMany(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly NativeTensor[],
    outputCount: number,
    buffers: readonly (DeviceBuffer | undefined)[] = [],
  ): NativeTensor[] {
    const tensors = this.execute(name, attributes, inputs, outputCount).map((output, index) =>
      this.lifetimes.adopt(output.id, output.shape, output.dtype, buffers[index]),
    )
    this.observer?.operation(name, attributes, inputs, tensors)
    return tensors
  }

  /**
   * As `runMany`, for an operation that exists in compiled graphs only: here the function `name`, which holds nothing
   * else, runs in its place.
   */
  runCompiled(
    name: string,
    operation: { readonly name: string; readonly attributes: readonly GraphAttribute[] },
    inputs: readonly NativeTensor[],
    outputCount: number,
  ): NativeTensor[] {
    const outputs = this.unobserved(() => this.runMany(name, [], inputs, outputCount))
    this.observer?.operation(operation.name, operation.attributes, inputs, outputs)
    return outputs
  }

  /** Runs operations that are no part of what is being recorded. */
  unobserved<Result>(body: () => Result): Result {
    const { observer } = this
    this.observer = undefined
    try {
      return body()
    } finally {
      this.observer = observer
    }
  }

  /** The 16-bit dtype of the inputs when the device lacks the operation in it. */
  private lackedType(name: string, inputs: readonly NativeTensor[]): number | undefined {
    if (this.widened.size === 0) return undefined
    return inputs.find(({ tensorflowType }) => this.widened.has(`${name},${tensorflowType}`))?.tensorflowType
  }

  private runWidened(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly NativeTensor[],
    type: number,
  ): NativeTensor {
    const { float32 } = tensorflowTypes
    const cast = (x: NativeTensor, from: number, to: number): NativeTensor =>
      this.run('Cast', castAttributes(from, to), [x])
    const wide = inputs.map((x) => (x.tensorflowType === type ? cast(x, type, float32) : x))
    const result = this.run(
      name,
      attributes.map((attribute) =>
        attribute.value === type && attribute.type === attributeTypes.type
          ? { ...attribute, value: float32 }
          : attribute,
      ),
      wide,
    )
    const narrow = cast(result, float32, type)
    this.free(result, ...wide.filter((x) => !inputs.includes(x)))
    return narrow
  }

  private execute(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly NativeTensor[],
    outputCount: number,
  ): ReturnType<NativeBinding['executeOp']> {
    const ids = new Array<number>(inputs.length)
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]
      if (input === undefined || input.freed) {
        throw new MedtuneError('INTERNAL', `input ${i} of ${name} must be a live tensor; got a freed one.`)
      }
      ids[i] = input.id
    }
    try {
      return this.binding.executeOp(name, attributes, ids, outputCount)
    } catch (error) {
      throw operationError(name, inputs, error)
    }
  }

  /** Copies raw bytes to the device. */
  upload(bytes: Uint8Array, shape: readonly number[], type: number): NativeTensor {
    const tensor = this.lifetimes.adopt(this.uploadId(bytes, shape, type), shape, type)
    this.observer?.uploaded(tensor)
    return tensor
  }

  /** Copies a tensor's raw bytes to the host. */
  download(tensor: NativeTensor): ArrayBuffer {
    if (tensor.freed) throw new MedtuneError('INTERNAL', 'tensor to read must be live; got a freed one.')
    return this.binding.downloadTensor(tensor.id)
  }

  /** A constant int32 vector: a shape, axes, a permutation. */
  ints(values: readonly number[]): NativeTensor {
    return this.constant(`v${values}`, () => Int32Array.from(values), [values.length], tensorflowTypes.int32)
  }

  /** A constant int32 matrix of `columns` columns. */
  intRows(values: readonly number[], columns: number): NativeTensor {
    const shape = [values.length / columns, columns]
    return this.constant(`m${columns},${values}`, () => Int32Array.from(values), shape, tensorflowTypes.int32)
  }

  /** A constant int32 scalar: an axis. */
  int(value: number): NativeTensor {
    return this.constant(`i${value}`, () => Int32Array.of(value), [], tensorflowTypes.int32)
  }

  /** A constant scalar of a dtype. */
  scalar(value: number, type: number): NativeTensor {
    if (type === tensorflowTypes.int32) return this.int(value)
    const key = `s${type},${value}`
    const known = this.constants.get(key)
    if (known !== undefined) return known
    const float = this.constant(`s1,${value}`, () => Float32Array.of(value), [], tensorflowTypes.float32)
    if (type === tensorflowTypes.float32) return float
    const cast = this.binding.executeOp('Cast', castAttributes(float.tensorflowType, type), [float.id], 1)[0]
    if (cast === undefined)
      throw new MedtuneError('INTERNAL', 'TensorFlow Cast must have an output; got none.')
    const scalar = constantTensor(cast.id, [], type)
    this.constants.set(key, scalar)
    return scalar
  }

  free(...tensors: readonly NativeTensor[]): void {
    for (const tensor of tensors) this.lifetimes.free(tensor)
  }

  /** Forgets constants once there are too many, as a run over many lengths makes them. Call when none is in use. */
  trimConstants(): void {
    if (this.constants.size > constantLimit) this.freeConstants()
  }

  freeConstants(): void {
    for (const constant of this.constants.values()) this.binding.deleteTensor(constant.id)
    this.constants.clear()
  }

  private constant(
    key: string,
    values: () => Int32Array | Float32Array,
    shape: readonly number[],
    type: number,
  ): NativeTensor {
    let tensor = this.constants.get(key)
    if (tensor === undefined) {
      const data = values()
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      tensor = constantTensor(this.uploadId(bytes, shape, type), shape, type)
      this.constants.set(key, tensor)
    }
    return tensor
  }

  private uploadId(bytes: Uint8Array, shape: readonly number[], type: number): number {
    try {
      return this.binding.uploadTensor(shape, type, bytes)
    } catch (error) {
      throw operationError('upload', [], error)
    }
  }
}

/** TensorFlow's message (it holds shapes, dtypes and indices, no data) as our error. */
function operationError(name: string, inputs: readonly NativeTensor[], cause: unknown): MedtuneError {
  const reason = (cause instanceof Error ? cause.message : String(cause))
    .replaceAll(/\s+/g, ' ')
    .slice(0, 600)
  const shapes = inputs.map(({ shape, dtype }) => `${dtype}[${shape}]`).join(' ')
  if (/\bOOM\b|out of memory|TF_Status: 8\b/i.test(reason)) {
    return new MedtuneError(
      'OUT_OF_MEMORY',
      `${name} must fit into memory; TensorFlow could not allocate its result for ${shapes}. ` +
        'Lower the batch size or the maximum length, or switch on gradient checkpointing.',
      { cause },
    )
  }
  return new MedtuneError('INTERNAL', `TensorFlow ${name} refused ${shapes}: ${reason}`, { cause })
}
