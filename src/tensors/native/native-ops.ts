import { MedtuneError } from '../../errors.js'
import type { FewRowOps, FusedAttentionOps, ManyRowOps } from '../kernel-ops.js'
import type { ByteTable, MatmulOptions, MemoryUse, Ops, RotaryTable, Tensor, TensorDtype } from '../ops.js'
import { type NativeBinding, tensorflowTypes } from './binding.js'
import type { NativeDevice } from './binding-cache.js'
import { type AttentionRoad, FusedAttention } from './cuda/fused-attention.js'
import { formsForXla, type GraphCompiler, probeXla } from './graph-compiler.js'
import { type HostArray, hostBytes } from './host-bytes.js'
import { type OpForms, probeOps } from './op-forms.js'
import { computeDtypesOf, type OpProbes, widenedOperations } from './op-probes.js'
import { OpRunner } from './op-runner.js'
import { encodeRows, lookUp, makeByteTable } from './operations/byte-codes.js'
import { addN, cast, elementWise, full } from './operations/element-wise.js'
import { fewRowOps, isRowProduct, rowProduct } from './operations/few-rows.js'
import { manyRowOps } from './operations/many-rows.js'
import { matmul } from './operations/matmul.js'
import { reduce, softmax } from './operations/reductions.js'
import { makeRotaryTable, rotate } from './operations/rotary.js'
import { crossEntropy, gather, scatterAdd } from './operations/rows.js'
import { concat, pad, reshape, slice, split, transpose } from './operations/shapes.js'
import { tileAttentionOps } from './operations/tile-attention.js'
import { NativeTensor, TensorLifetimes } from './tensor-lifetimes.js'
import { TracedFunctions } from './traced-functions.js'

/** The operations straight on TensorFlow's kernels: no tape and no engine in between, about 10 µs each. */
export class NativeOps implements Ops {
  readonly name: 'native' | 'cuda'
  readonly computeDtypes: readonly TensorDtype[]
  readonly fewRows: FewRowOps | undefined
  readonly manyRows: ManyRowOps | undefined
  readonly fusedAttention: FusedAttentionOps | undefined
  /** How recorded attention is computed, where cuDNN's kernels were asked for. */
  readonly attentionRoad: AttentionRoad | undefined
  private readonly lifetimes: TensorLifetimes
  private readonly runner: OpRunner
  private readonly forms: OpForms
  private readonly traced: TracedFunctions
  private readonly cardAttention: FusedAttention | undefined

  /**
   * @param options.device what the binding computes on
   * @param options.forms which form of an operation to use; by default what a probe finds
   * @param options.recordAtCall which call of a traced function is recorded, to be replayed from then on; by default
   *   MEDTUNE_TRACE (0: never), else one that a step of a small model does not reach
   * @param options.compiler what turns a recorded function into kernels
   * @param options.fusedAttention whether functions that XLA compiles take cuDNN's attention, if a trial finds it right
   * @throws MedtuneError BACKEND_UNAVAILABLE when XLA is asked for and does not compile here
   */
  constructor(
    binding: NativeBinding,
    options: {
      device?: NativeDevice
      forms?: OpForms
      recordAtCall?: number
      compiler?: GraphCompiler
      fusedAttention?: boolean
    } = {},
  ) {
    const { device = 'cpu', compiler = 'none' } = options
    const recordAtCall = options.recordAtCall ?? Number(process.env.MEDTUNE_TRACE || 8)
    this.name = device === 'gpu' ? 'cuda' : 'native'
    this.lifetimes = new TensorLifetimes(binding)
    this.runner = new OpRunner(binding, this.lifetimes)
    const forms = options.forms ?? this.lifetimes.scope(() => probeOps(this.runner, device))
    this.forms = compiler === 'xla' ? formsForXla(forms) : forms
    if (compiler === 'xla') probeXla(binding, this.runner, this.lifetimes)
    this.computeDtypes = computeDtypesOf(this.forms.probes)
    this.runner.widened = widenedOperations(this.forms.probes)
    const own = this.forms.fewRows && this.forms.complexRotary
    this.fewRows = own ? fewRowOps(this.runner, native) : undefined
    const ownForMany = this.forms.manyRows && this.forms.complexRotary
    this.manyRows = ownForMany ? manyRowOps(this.runner, native) : undefined
    this.traced = new TracedFunctions({
      ...{ binding, compiler, runner: this.runner, lifetimes: this.lifetimes },
      recordAtCall: recordAtCall || Number.POSITIVE_INFINITY,
      recover: (error) => this.cardAttention?.switchOff(error) ?? false,
    })
    if (compiler === 'xla' && options.fusedAttention === true) {
      const { lifetimes, runner } = this
      const fused = new FusedAttention({ ...{ binding, runner, lifetimes, native }, ops: this })
      this.attentionRoad = fused.probe()
      if (this.attentionRoad.fused) this.cardAttention = fused
      else fused.dispose()
    }
    this.fusedAttention =
      this.cardAttention ?? (ownForMany ? tileAttentionOps(this.runner, native) : undefined)
    this.lifetimes.resetPeak()
  }

  /** Which operations the device has in which dtype. */
  get probes(): OpProbes {
    return this.forms.probes
  }

  scope<Result>(body: () => Result): Result {
    const result = this.lifetimes.scope(body)
    if (this.lifetimes.depth === 0) this.runner.trimConstants()
    return result
  }

  keep<T extends Tensor>(tensor: T): T {
    native(tensor).kept = true
    return tensor
  }

  free(...tensors: readonly (Tensor | undefined | null)[]): void {
    for (const tensor of tensors) if (tensor) this.lifetimes.free(native(tensor))
  }

  memory(): MemoryUse {
    return this.lifetimes.memory()
  }

  resetPeak(): void {
    this.lifetimes.resetPeak()
  }

  dispose(): void {
    this.lifetimes.freeAll()
    this.runner.freeConstants()
    this.traced.dispose()
    this.cardAttention?.dispose()
  }

  upload(data: HostArray, shape: readonly number[], dtype?: TensorDtype): Tensor {
    const { bytes, type } = hostBytes(data, shape, dtype)
    return this.runner.upload(bytes, shape, type)
  }

  async read(tensor: Tensor): Promise<Float32Array> {
    const x = native(tensor)
    if (x.tensorflowType === tensorflowTypes.float32) return new Float32Array(this.runner.download(x))
    const converted = cast(this.runner, x, tensorflowTypes.float32)
    try {
      return new Float32Array(this.runner.download(converted))
    } finally {
      this.free(converted)
    }
  }

  async readInt32(tensor: Tensor): Promise<Int32Array> {
    const x = native(tensor)
    if (x.tensorflowType === tensorflowTypes.int32) return new Int32Array(this.runner.download(x))
    throw new MedtuneError('INTERNAL', `readInt32 must be given an int32 tensor; got ${x.dtype}.`)
  }

  full(shape: readonly number[], value: number, dtype: TensorDtype = 'float32'): Tensor {
    return full(this.runner, shape, value, tensorflowTypes[dtype])
  }

  matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
    const [left, right] = [native(a), native(b)]
    const ofRows = this.forms.fewRows && options.transposeB === true && options.transposeA !== true
    if (ofRows && isRowProduct(left, right)) return rowProduct(this.runner, left, right)
    return matmul(this.runner, left, right, options)
  }

  add(a: Tensor, b: Tensor): Tensor {
    return elementWise(this.runner, 'AddV2', native(a), native(b))
  }

  sub(a: Tensor, b: Tensor): Tensor {
    return elementWise(this.runner, 'Sub', native(a), native(b))
  }

  mul(a: Tensor, b: Tensor): Tensor {
    return elementWise(this.runner, 'Mul', native(a), native(b))
  }

  div(a: Tensor, b: Tensor): Tensor {
    return elementWise(this.runner, 'RealDiv', native(a), native(b))
  }

  addN(tensors: readonly Tensor[]): Tensor {
    return addN(this.runner, tensors.map(native))
  }

  scale(x: Tensor, factor: number): Tensor {
    return elementWise(this.runner, 'Mul', native(x), this.runner.scalar(factor, native(x).tensorflowType))
  }

  addScalar(x: Tensor, term: number): Tensor {
    return elementWise(this.runner, 'AddV2', native(x), this.runner.scalar(term, native(x).tensorflowType))
  }

  square(x: Tensor): Tensor {
    return elementWise(this.runner, 'Square', native(x))
  }

  sqrt(x: Tensor): Tensor {
    return elementWise(this.runner, 'Sqrt', native(x))
  }

  rsqrt(x: Tensor): Tensor {
    return elementWise(this.runner, 'Rsqrt', native(x))
  }

  exp(x: Tensor): Tensor {
    return elementWise(this.runner, 'Exp', native(x))
  }

  log(x: Tensor): Tensor {
    return elementWise(this.runner, 'Log', native(x))
  }

  tanh(x: Tensor): Tensor {
    return elementWise(this.runner, 'Tanh', native(x))
  }

  sigmoid(x: Tensor): Tensor {
    return elementWise(this.runner, 'Sigmoid', native(x))
  }

  sigmoidGrad(y: Tensor, dy: Tensor): Tensor {
    return elementWise(this.runner, 'SigmoidGrad', native(y), native(dy))
  }

  cast(x: Tensor, dtype: TensorDtype): Tensor {
    return cast(this.runner, native(x), tensorflowTypes[dtype])
  }

  sum(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
    return reduce(this.runner, 'Sum', native(x), axes, keepDims)
  }

  euclideanNorm(x: Tensor): Tensor {
    if (this.forms.euclideanNorm) return reduce(this.runner, 'EuclideanNorm', native(x), [-1], true)
    const squares = this.square(x)
    const sums = this.sum(squares, [-1], true)
    const norms = this.sqrt(sums)
    this.free(squares, sums)
    return norms
  }

  softmax(x: Tensor): Tensor {
    return softmax(this.runner, native(x), this.forms.oneDnnSoftmax)
  }

  maskedSoftmax(scores: Tensor, mask: Tensor): Tensor {
    const masked = this.add(scores, mask)
    const weights = this.softmax(masked)
    this.free(masked)
    return weights
  }

  crossEntropy(logits: Tensor, labels: Tensor): { loss: Tensor; probabilities: Tensor } {
    return crossEntropy(this.runner, native(logits), native(labels), this.forms.oneDnnSoftmax)
  }

  gather(table: Tensor, indices: Tensor): Tensor {
    return gather(this.runner, native(table), native(indices))
  }

  scatterAdd(x: Tensor, indices: Tensor, rowCount: number): Tensor {
    return scatterAdd(this.runner, native(x), native(indices), rowCount)
  }

  byteTable(values: Float32Array, width: number): ByteTable {
    return makeByteTable(this.runner, values, width)
  }

  lookUp(bytes: Tensor, table: ByteTable): Tensor {
    return lookUp(this.runner, native(bytes), table)
  }

  encodeRows(x: Tensor, boundaries: Tensor): { codes: Tensor; maxima: Tensor } {
    return encodeRows(this.runner, native(x), native(boundaries))
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    return reshape(this.runner, native(x), shape)
  }

  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    return transpose(this.runner, native(x), permutation)
  }

  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
    return slice(this.runner, native(x), begin, size)
  }

  concat(tensors: readonly Tensor[], axis: number): Tensor {
    return concat(this.runner, tensors.map(native), axis)
  }

  split(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
    return split(this.runner, native(x), sizes, axis)
  }

  pad(x: Tensor, paddings: readonly (readonly [number, number])[]): Tensor {
    return pad(this.runner, native(x), paddings)
  }

  rotaryTable(
    angles: Float32Array,
    shape: readonly number[],
    factor: number | Float32Array = 1,
  ): RotaryTable {
    return makeRotaryTable(this.runner, { angles, shape, factor, complex: this.forms.complexRotary })
  }

  rotary(x: Tensor, table: RotaryTable, options: { inverse?: boolean } = {}): Tensor {
    return rotate(this.runner, native(x), table, options.inverse ?? false)
  }

  trace(
    key: string,
    fn: (inputs: readonly Tensor[]) => readonly Tensor[],
  ): (inputs: readonly Tensor[]) => readonly Tensor[] {
    const traced = this.traced.trace(key, (inputs) => fn(inputs).map(native))
    return (inputs) => traced(inputs.map(native))
  }
}

function native(tensor: Tensor | undefined): NativeTensor {
  if (tensor instanceof NativeTensor) return tensor
  throw new MedtuneError(
    'INTERNAL',
    `tensor must be of the native backend; got ${tensor?.dtype}[${tensor?.shape}].`,
  )
}
