import { elementCount } from '../dtype.js'
import type { BinaryKind, UnaryKind } from '../host/element-wise.js'
import { HostOps } from '../host/host-ops.js'
import type { RunPlan } from '../host/layout-loops.js'
import { planMatmul } from '../host/matmul-plan.js'
import { broadcastShape, frontAxis, rowMajorStrides, shapeError } from '../host/shape-rules.js'
import { forEachRun, mergeAxes } from '../host/strided-walk.js'
import type { MatmulOptions, RotaryTable, Tensor } from '../ops.js'
import type { ComputeThreads } from './compute-threads.js'
import { matrixTasks, workOf } from './matrix-tasks.js'
import type { WasmBlock, WasmMemory } from './wasm-memory.js'

const floatType = 0 // TensorFlow.js's number for float32
const maxRank = 6 // of its broadcasting kernels
/** Multiply-adds below which waking another thread costs more than its help: about 50 µs. */
const worthThreads = 1_000_000
/** Calls per thread into which a product is cut, so that one slow thread holds up little. */
const piecesPerThread = 2

const binaryKernels = { add: '_Add', sub: '_Sub', mul: '_Multiply', div: '_RealDiv' } as const
const unaryKernels = {
  sqrt: '_Sqrt',
  rsqrt: '_Rsqrt',
  exp: '_Exp',
  log: '_Log',
  tanh: '_Tanh',
} as const

/**
 * The operations on the wasm heap: TensorFlow.js's kernels, products and loops of our own where those are faster, and
 * JavaScript on the same memory for what only moves elements.
 */
export class WasmOps extends HostOps<WasmBlock> {
  readonly name = 'wasm'
  private readonly heap: WasmMemory
  private readonly compute: ComputeThreads
  /** Two shapes as the kernels read them. */
  private readonly shapes: number

  constructor(memory: WasmMemory, compute: ComputeThreads) {
    super(memory)
    this.heap = memory
    this.compute = compute
    this.shapes = memory.reserve(2 * 4 * maxRank)
  }

  override matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
    const plan = planMatmul(a, b, options)
    const out = this.make(plan.outShape)
    if (elementCount(plan.outShape) === 0) return out
    if (plan.inner === 0) {
      this.floats(out).fill(0)
      return out
    }
    const addresses = { a: this.address(a), b: this.address(b), out: this.address(out) }
    if (workOf(plan) < worthThreads) this.compute.runHere(matrixTasks(plan, addresses, 1))
    else this.compute.run(matrixTasks(plan, addresses, piecesPerThread * this.compute.count))
    return out
  }

  override addN(tensors: readonly Tensor[]): Tensor {
    const [first, second, ...others] = tensors
    if (first === undefined || second === undefined || others.length > 0) return super.addN(tensors)
    if (String(first.shape) !== String(second.shape)) return super.addN(tensors)
    return this.add(first, second)
  }

  override sigmoidGrad(y: Tensor, dy: Tensor): Tensor {
    if (String(y.shape) !== String(dy.shape)) return super.sigmoidGrad(y, dy)
    const out = this.make(y.shape)
    this.compute.kernels.sigmoidGrad(
      this.address(y),
      this.address(dy),
      this.address(out),
      elementCount(y.shape),
    )
    return out
  }

  override sum(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
    const front = axes.map((axis) => frontAxis('sum', axis, x.shape.length))
    const kept = x.shape.map((size, axis) => (front.includes(axis) ? 1 : size))
    const outStrides = rowMajorStrides(kept).map((stride, axis) => (front.includes(axis) ? 0 : stride))
    const walk = mergeAxes(x.shape, [rowMajorStrides(x.shape), outStrides])
    const width = walk.sizes.at(-1) as number
    const isLast = walk.strides[1]?.at(-1) === 0
    // Short runs, or rows that end on one another, cost more calls than the loop in JavaScript.
    if (width < 16 || (isLast && walk.sizes.length > 2)) return super.sum(x, axes, keepDims)
    const shape = keepDims ? kept : x.shape.filter((_, axis) => !front.includes(axis))
    const out = this.full(shape, 0)
    const [from, to] = [this.address(x), this.address(out)]
    const { rowSums, accumulate } = this.compute.kernels
    if (isLast) rowSums(from, to, walk.sizes.length === 1 ? 1 : (walk.sizes[0] as number), width)
    else {
      forEachRun(walk, (offsets) => {
        const [source, target] = offsets as [number, number]
        accumulate(from + 4 * source, to + 4 * target, width)
      })
    }
    return out
  }

  override euclideanNorm(x: Tensor): Tensor {
    const width = x.shape.at(-1) ?? 0
    if (elementCount(x.shape) === 0) return super.euclideanNorm(x)
    const out = this.make([...x.shape.slice(0, -1), 1])
    this.compute.kernels.rowNorms(this.address(x), this.address(out), elementCount(out.shape), width)
    return out
  }

  override softmax(x: Tensor): Tensor {
    const width = x.shape.at(-1) ?? 0
    if (elementCount(x.shape) === 0) return super.softmax(x)
    const out = this.make(x.shape)
    this.heap.module._Softmax(this.id(x), this.id(out), width, elementCount(x.shape) / width)
    this.heap.check()
    return out
  }

  override rotary(x: Tensor, table: RotaryTable, options: { inverse?: boolean } = {}): Tensor {
    const [cos, sin] = this.checkRotary(x, table)
    const out = this.make(x.shape)
    const pairs = elementCount(cos.shape)
    const direction = options.inverse === true ? -1 : 1
    const [from, to] = [this.address(x), this.address(out)]
    for (let offset = 0; offset < 4 * elementCount(x.shape); offset += 8 * pairs) {
      this.compute.kernels.rotate(
        from + offset,
        this.address(cos),
        this.address(sin),
        to + offset,
        pairs,
        direction,
      )
    }
    return out
  }

  override dispose(): void {
    super.dispose()
    this.compute.terminate()
  }

  protected override softmaxInPlace(x: Tensor): Tensor {
    const out = this.softmax(x)
    this.free(x)
    return out
  }

  /** The log-sum is l* − log p* at the largest logit l*, which also has the largest probability p*. */
  protected override lossesOf(logits: Tensor, probabilities: Tensor, labels: Tensor): Tensor {
    const [rows = 0, width = 0] = logits.shape
    if (rows * width === 0) return super.lossesOf(logits, probabilities, labels)
    const loss = this.make([rows])
    const tops = this.make([rows])
    const { rowMaxima } = this.compute.kernels
    rowMaxima(this.address(logits), this.address(loss), rows, width)
    rowMaxima(this.address(probabilities), this.address(tops), rows, width)
    const [losses, likelihoods, values] = [this.floats(loss), this.floats(tops), this.floats(logits)]
    for (const [row, label] of this.integers(labels).entries()) {
      const logSum = (losses[row] as number) - Math.log(likelihoods[row] as number)
      losses[row] = logSum - (values[row * width + label] as number)
    }
    this.free(tops)
    return loss
  }

  protected override binary(kind: BinaryKind, a: Tensor, b: Tensor): Tensor {
    const shape = broadcastShape(kind, a.shape, b.shape)
    if (elementCount(shape) === 0 || shape.length > maxRank) return super.binary(kind, a, b)
    const out = this.make(shape)
    const [idA, idB] = [this.id(a), this.id(b)]
    const [shapeA, shapeB] = [this.writeShape(0, a.shape), this.writeShape(1, b.shape)]
    const kernel = this.heap.module[binaryKernels[kind]]
    kernel(idA, shapeA, a.shape.length, idB, shapeB, b.shape.length, floatType, this.id(out))
    this.heap.check()
    return out
  }

  protected override unary(kind: UnaryKind, x: Tensor): Tensor {
    if (kind === 'square') return this.mul(x, x)
    const out = this.make(x.shape)
    const [idX, idOut] = [this.id(x), this.id(out)]
    if (elementCount(x.shape) === 0) return out
    if (kind === 'sigmoid') this.heap.module._Sigmoid(idX, idOut)
    else this.heap.module[unaryKernels[kind]](idX, floatType, idOut)
    return out
  }

  protected override affine(x: Tensor, factor: number, term: number): Tensor {
    const out = this.make(x.shape)
    this.compute.kernels.affine(this.address(x), this.address(out), elementCount(x.shape), factor, term)
    return out
  }

  /** Four-byte elements, by lines of the last two axes: one call moves a whole plane. */
  protected override moveRuns(plan: RunPlan, from: Tensor, to: Tensor): void {
    if (from.dtype === 'uint8') {
      super.moveRuns(plan, from, to)
      return
    }
    const { walk, fromStart, toStart } = plan
    const width = walk.sizes.at(-1) as number
    const lines = walk.sizes.at(-2) ?? 1
    const [fromStep = 0, toStep = 0] = walk.strides.map((own) => own.at(-2) ?? 0)
    const [source, target] = [this.own(from).shared.block.byteOffset, this.own(to).shared.block.byteOffset]
    const { copyLines } = this.compute.kernels
    const move = (offsets: readonly number[]): void => {
      const [fromOffset, toOffset] = offsets as [number, number]
      const at = source + 4 * (fromStart + fromOffset)
      copyLines(at, 4 * fromStep, target + 4 * (toStart + toOffset), 4 * toStep, lines, width)
    }
    forEachRun(walk, move, Math.min(2, walk.sizes.length))
  }

  private block(x: Tensor): WasmBlock {
    const own = this.own(x)
    if (own.dtype !== 'float32')
      throw shapeError('tensor', 'dtype must be float32', `${own.dtype} [${own.shape}]`)
    return own.shared.block
  }

  private id(x: Tensor): number {
    return this.block(x).id
  }

  private address(x: Tensor): number {
    return this.block(x).byteOffset
  }

  private writeShape(slot: number, shape: readonly number[]): number {
    const offset = this.shapes + slot * 4 * maxRank
    this.heap.module.HEAP32.set(shape, offset / 4)
    return offset
  }
}
