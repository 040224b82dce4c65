import { elementCount } from '../dtype.js'
import type { ByteTable, MatmulOptions, Ops, RotaryTable, Tensor, TensorDtype } from '../ops.js'
import { pairFactor } from '../pair-factor.js'
import { encodeRowsLoop, lookUpLoop } from './byte-loops.js'
import { HostArithmetic } from './host-arithmetic.js'
import type { MemoryBlock } from './host-tensors.js'
import {
  copyRuns,
  gatherLoop,
  movesRuns,
  planBox,
  planTranspose,
  type RunPlan,
  transposeLoop,
} from './layout-loops.js'
import { matmulLoop } from './matmul-loop.js'
import { planMatmul } from './matmul-plan.js'
import { rotaryLoop } from './rotary-loop.js'
import { scatterAddLoop } from './row-loops.js'
import { frontAxis, shapeError } from './shape-rules.js'

/**
 * Every operation as a JavaScript loop over memory that JavaScript can see. The cpu backend is this class on plain
 * array buffers; wasm puts it on its heap and replaces the operations for which compiled kernels are faster.
 */
export abstract class HostOps<Block extends MemoryBlock> extends HostArithmetic<Block> implements Ops {
  abstract readonly name: string
  readonly computeDtypes: readonly TensorDtype[] = ['float32']

  matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
    const plan = planMatmul(a, b, options)
    const out = this.make(plan.outShape)
    const [left, right, result] = [this.floats(a), this.floats(b), this.floats(out)]
    for (const at of plan.products) matmulLoop(plan, at, left, right, result)
    return out
  }

  gather(table: Tensor, indices: Tensor): Tensor {
    const [rows, ...rowShape] = table.shape
    if (rows === undefined || indices.shape.length !== 1) {
      const received = `[${table.shape}] and [${indices.shape}]`
      throw shapeError('gather', 'table must be [V, ...] and indices [N]', received)
    }
    this.checkIndices('gather', indices, rows)
    const out = this.make([indices.shape[0] as number, ...rowShape], this.own(table).dtype)
    gatherLoop(this.bits(table), this.integers(indices), elementCount(rowShape), this.bits(out))
    return out
  }

  scatterAdd(x: Tensor, indices: Tensor, rowCount: number): Tensor {
    const [rows, width] = x.shape
    if (x.shape.length !== 2 || indices.shape.length !== 1 || indices.shape[0] !== rows) {
      const received = `[${x.shape}] and [${indices.shape}]`
      throw shapeError('scatterAdd', 'x must be [N, E] and indices [N]', received)
    }
    this.checkIndices('scatterAdd', indices, rowCount)
    const out = this.full([rowCount, width as number], 0)
    scatterAddLoop(this.floats(x), this.integers(indices), width as number, this.floats(out))
    return out
  }

  byteTable(values: Float32Array, width: number): ByteTable {
    return { width, tensors: [this.upload(values, [256, width])] }
  }

  lookUp(bytes: Tensor, { width, tensors }: ByteTable): Tensor {
    const [table] = tensors as [Tensor]
    const out = this.make([...bytes.shape, width])
    lookUpLoop(this.bytes(bytes), this.floats(table), width, this.floats(out))
    return out
  }

  encodeRows(x: Tensor, boundaries: Tensor): { codes: Tensor; maxima: Tensor } {
    const [rows = 0, width = 0] = x.shape
    if (x.shape.length !== 2 || boundaries.shape.length !== 1 || (boundaries.shape[0] as number) > 255) {
      const received = `[${x.shape}] and [${boundaries.shape}]`
      throw shapeError('encodeRows', 'x must be [rows, width] and boundaries [255] or fewer', received)
    }
    const [codes, maxima] = [this.make([rows, width], 'uint8'), this.make([rows, 1])]
    const into = { codes: this.bytes(codes), maxima: this.floats(maxima) }
    encodeRowsLoop(this.floats(x), width, this.floats(boundaries), into)
    return { codes, maxima }
  }

  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    const rank = x.shape.length
    const axes = permutation.map((axis) => frontAxis('transpose', axis, rank))
    if (new Set(axes).size !== rank || axes.length !== rank) {
      throw shapeError('transpose', `permutation must name each of ${rank} axes once`, `[${permutation}]`)
    }
    const shape = axes.map((axis) => x.shape[axis] as number)
    const out = this.make(shape, this.own(x).dtype)
    const walk = planTranspose(x.shape, axes)
    if (movesRuns(walk)) this.moveRuns({ walk, fromStart: 0, toStart: 0 }, x, out)
    else transposeLoop(walk, this.bits(x), this.bits(out))
    return out
  }

  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
    const complete = size.map((count, axis) =>
      count === -1 ? (x.shape[axis] ?? 0) - (begin[axis] ?? 0) : count,
    )
    const fits = x.shape.every((whole, axis) => {
      const [from, count] = [begin[axis] ?? -1, complete[axis] ?? -1]
      return from >= 0 && count >= 0 && from + count <= whole
    })
    if (!fits || begin.length !== x.shape.length || size.length !== x.shape.length) {
      throw shapeError('slice', `the box must lie in [${x.shape}]`, `begin [${begin}] size [${size}]`)
    }
    const out = this.make(complete, this.own(x).dtype)
    const whole = { shape: complete, begin: begin.map(() => 0) }
    this.moveRuns(planBox({ shape: x.shape, begin }, whole, complete), x, out)
    return out
  }

  concat(tensors: readonly Tensor[], axis: number): Tensor {
    const [first] = tensors
    if (first === undefined) throw shapeError('concat', 'at least one tensor must be given', '0')
    const along = frontAxis('concat', axis, first.shape.length)
    const agrees = (x: Tensor): boolean =>
      x.dtype === first.dtype &&
      x.shape.length === first.shape.length &&
      x.shape.every((size, i) => i === along || size === first.shape[i])
    const odd = tensors.find((x) => !agrees(x))
    if (odd !== undefined) {
      const rule = `tensors must be ${first.dtype} [${first.shape}] in all but axis ${along}`
      throw shapeError('concat', rule, `${odd.dtype} [${odd.shape}]`)
    }
    const total = tensors.reduce((sum, x) => sum + (x.shape[along] as number), 0)
    const shape = first.shape.map((size, i) => (i === along ? total : size))
    const out = this.make(shape, this.own(first).dtype)
    const begin = shape.map(() => 0)
    for (const x of tensors) {
      const whole = { shape: x.shape, begin: shape.map(() => 0) }
      this.moveRuns(planBox(whole, { shape, begin }, x.shape), x, out)
      begin[along] = (begin[along] as number) + (x.shape[along] as number)
    }
    return out
  }

  split(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
    const along = frontAxis('split', axis, x.shape.length)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    if (total !== x.shape[along]) {
      throw shapeError('split', `sizes must sum to ${x.shape[along]}`, `[${sizes}]`)
    }
    let begin = 0
    return sizes.map((size) => {
      const from = x.shape.map((_, i) => (i === along ? begin : 0))
      begin += size
      return this.slice(
        x,
        from,
        x.shape.map((whole, i) => (i === along ? size : whole)),
      )
    })
  }

  pad(x: Tensor, paddings: readonly (readonly [number, number])[]): Tensor {
    if (paddings.length !== x.shape.length || paddings.flat().some((count) => !(count >= 0))) {
      throw shapeError('pad', `paddings must be two counts for each axis of [${x.shape}]`, `[${paddings}]`)
    }
    const shape = x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0))
    const out = this.make(shape, this.own(x).dtype)
    this.bits(out).fill(0)
    const whole = { shape: x.shape, begin: shape.map(() => 0) }
    this.moveRuns(planBox(whole, { shape, begin: paddings.map(([before]) => before) }, x.shape), x, out)
    return out
  }

  rotaryTable(
    angles: Float32Array,
    shape: readonly number[],
    factor: number | Float32Array = 1,
  ): RotaryTable {
    if (shape.length !== 2 && shape.length !== 3) {
      throw shapeError('rotaryTable', 'angles must be [T, D/2] or [B, T, D/2]', `[${shape}]`)
    }
    const table = (wave: (angle: number) => number): Tensor =>
      this.upload(
        angles.map((angle, i) => wave(angle) * pairFactor(factor, i)),
        shape,
      )
    return { length: shape.at(-2) as number, tensors: [table(Math.cos), table(Math.sin)] }
  }

  rotary(x: Tensor, table: RotaryTable, options: { inverse?: boolean } = {}): Tensor {
    const [cos, sin] = this.checkRotary(x, table)
    const out = this.make(x.shape)
    rotaryLoop({
      x: this.floats(x),
      cos: this.floats(cos),
      sin: this.floats(sin),
      out: this.floats(out),
      period: 2 * elementCount(cos.shape),
      direction: options.inverse === true ? -1 : 1,
    })
    return out
  }

  trace(
    _key: string,
    fn: (inputs: readonly Tensor[]) => readonly Tensor[],
  ): (inputs: readonly Tensor[]) => readonly Tensor[] {
    return fn
  }

  protected moveRuns(plan: RunPlan, from: Tensor, to: Tensor): void {
    copyRuns(plan, this.bits(from), this.bits(to))
  }

  /** The tables of cosines and sines, when x has the shape they are for. */
  protected checkRotary(x: Tensor, table: RotaryTable): [cos: Tensor, sin: Tensor] {
    const [cos, sin] = table.tensors as [Tensor, Tensor]
    const [, batch = 0, length = 0, width = 0] = x.shape
    const expected = cos.shape.length === 3 ? [batch, length, width / 2] : [length, width / 2]
    if (x.shape.length !== 4 || String(expected) !== String(cos.shape)) {
      throw shapeError('rotary', `x must be [H, B, T, D] for a table [${cos.shape}]`, `[${x.shape}]`)
    }
    return [cos, sin]
  }
}
