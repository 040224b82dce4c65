import { decodeFloat32, encodeFloat32 } from '../dtype.js'
import type { Tensor, TensorDtype } from '../ops.js'
import {
  accumulateLoop,
  affineLoop,
  type BinaryKind,
  binaryLoop,
  sigmoidGradLoop,
  type UnaryKind,
  unaryLoops,
} from './element-wise.js'
import { HostTensors, type MemoryBlock } from './host-tensors.js'
import { euclideanNormLoop, lossFromProbabilities, softmaxLoop, sumLoop } from './row-loops.js'
import { broadcastShape, frontAxis, shapeError } from './shape-rules.js'

/** Element-wise operations and those over rows: what has no shape of its own to work out beyond broadcasting. */
export abstract class HostArithmetic<Block extends MemoryBlock> extends HostTensors<Block> {
  add(a: Tensor, b: Tensor): Tensor {
    return this.binary('add', a, b)
  }

  sub(a: Tensor, b: Tensor): Tensor {
    return this.binary('sub', a, b)
  }

  mul(a: Tensor, b: Tensor): Tensor {
    return this.binary('mul', a, b)
  }

  div(a: Tensor, b: Tensor): Tensor {
    return this.binary('div', a, b)
  }

  addN(tensors: readonly Tensor[]): Tensor {
    const [first, ...others] = tensors
    if (first === undefined) throw shapeError('addN', 'at least one tensor must be given', '0')
    const odd = others.find((other) => String(other.shape) !== String(first.shape))
    if (odd !== undefined) throw shapeError('addN', `all shapes must be [${first.shape}]`, `[${odd.shape}]`)
    const out = this.make(first.shape)
    const sum = this.floats(out)
    sum.set(this.floats(first))
    for (const other of others) accumulateLoop(this.floats(other), sum)
    return out
  }

  scale(x: Tensor, factor: number): Tensor {
    return this.affine(x, factor, 0)
  }

  addScalar(x: Tensor, term: number): Tensor {
    return this.affine(x, 1, term)
  }

  square(x: Tensor): Tensor {
    return this.unary('square', x)
  }

  sqrt(x: Tensor): Tensor {
    return this.unary('sqrt', x)
  }

  rsqrt(x: Tensor): Tensor {
    return this.unary('rsqrt', x)
  }

  exp(x: Tensor): Tensor {
    return this.unary('exp', x)
  }

  log(x: Tensor): Tensor {
    return this.unary('log', x)
  }

  tanh(x: Tensor): Tensor {
    return this.unary('tanh', x)
  }

  sigmoid(x: Tensor): Tensor {
    return this.unary('sigmoid', x)
  }

  sigmoidGrad(y: Tensor, dy: Tensor): Tensor {
    if (String(y.shape) !== String(dy.shape)) {
      throw shapeError('sigmoidGrad', 'both shapes must agree', `[${y.shape}] and [${dy.shape}]`)
    }
    const out = this.make(y.shape)
    sigmoidGradLoop(this.floats(y), this.floats(dy), this.floats(out))
    return out
  }

  cast(x: Tensor, dtype: TensorDtype): Tensor {
    const out = this.make(x.shape, dtype === 'int32' || dtype === 'uint8' ? dtype : 'float32')
    this.values(out).set(this.values(x))
    // Held as float32, yet rounded as where it is held in 16 bits.
    if (dtype === 'bfloat16' || dtype === 'float16') roundTo16Bits(dtype, this.floats(out))
    return out
  }

  sum(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
    const front = axes.map((axis) => frontAxis('sum', axis, x.shape.length))
    const shape = keepDims
      ? x.shape.map((size, axis) => (front.includes(axis) ? 1 : size))
      : x.shape.filter((_, axis) => !front.includes(axis))
    const out = this.make(shape)
    sumLoop(this.floats(x), x.shape, front, this.floats(out))
    return out
  }

  euclideanNorm(x: Tensor): Tensor {
    const width = lastSize('euclideanNorm', x)
    const out = this.make([...x.shape.slice(0, -1), 1])
    euclideanNormLoop(this.floats(x), width, this.floats(out))
    return out
  }

  softmax(x: Tensor): Tensor {
    const width = lastSize('softmax', x)
    const out = this.make(x.shape)
    softmaxLoop(this.floats(x), width, this.floats(out))
    return out
  }

  maskedSoftmax(scores: Tensor, mask: Tensor): Tensor {
    if (String(broadcastShape('maskedSoftmax', scores.shape, mask.shape)) !== String(scores.shape)) {
      throw shapeError('maskedSoftmax', `mask must broadcast to [${scores.shape}]`, `[${mask.shape}]`)
    }
    lastSize('maskedSoftmax', scores)
    return this.softmaxInPlace(this.add(scores, mask))
  }

  crossEntropy(logits: Tensor, labels: Tensor): { loss: Tensor; probabilities: Tensor } {
    const [rows = 0, width = 0] = logits.shape
    if (logits.shape.length !== 2 || labels.shape.length !== 1 || labels.shape[0] !== rows) {
      const received = `[${logits.shape}] and [${labels.shape}]`
      throw shapeError('crossEntropy', 'logits must be [N, V] and labels [N]', received)
    }
    this.checkIndices('crossEntropy', labels, width)
    const probabilities = this.softmax(logits)
    return { loss: this.lossesOf(logits, probabilities, labels), probabilities }
  }

  /** Softmax that may write over its operand, which the caller gives away. */
  protected softmaxInPlace(x: Tensor): Tensor {
    const values = this.floats(x)
    softmaxLoop(values, lastSize('softmax', x), values)
    return x
  }

  /** Cross-entropy of each row from logits [N, V] and their softmax. */
  protected lossesOf(logits: Tensor, probabilities: Tensor, labels: Tensor): Tensor {
    const [rows = 0, width = 0] = logits.shape
    const loss = this.make([rows])
    const [from, shares] = [this.floats(logits), this.floats(probabilities)]
    lossFromProbabilities(from, shares, this.integers(labels), width, this.floats(loss))
    return loss
  }

  protected binary(kind: BinaryKind, a: Tensor, b: Tensor): Tensor {
    const shape = broadcastShape(kind, a.shape, b.shape)
    const out = this.make(shape)
    const operand = (x: Tensor) => ({ values: this.floats(x), shape: x.shape })
    binaryLoop(kind, operand(a), operand(b), operand(out))
    return out
  }

  protected unary(kind: UnaryKind, x: Tensor): Tensor {
    const out = this.make(x.shape)
    unaryLoops[kind](this.floats(x), this.floats(out))
    return out
  }

  protected affine(x: Tensor, factor: number, term: number): Tensor {
    const out = this.make(x.shape)
    affineLoop(this.floats(x), factor, term, this.floats(out))
    return out
  }

  protected checkIndices(operation: string, indices: Tensor, count: number): void {
    const odd = this.integers(indices).find((index) => index < 0 || index >= count)
    if (odd !== undefined) throw shapeError(operation, `indices must be in 0..${count - 1}`, String(odd))
  }
}

function roundTo16Bits(dtype: 'bfloat16' | 'float16', values: Float32Array): void {
  const storage = dtype === 'bfloat16' ? 'BF16' : 'F16'
  decodeFloat32(storage, encodeFloat32(storage, values), values)
}

function lastSize(operation: string, x: Tensor): number {
  const size = x.shape.at(-1)
  if (size === undefined) throw shapeError(operation, 'rank must be 1 or more', 'a scalar')
  return size
}
