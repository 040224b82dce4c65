import { sumOfLanes } from './product-kernels.js'
import {
  type Code,
  FunctionCode,
  f32,
  f32x4,
  i32,
  type Local,
  type ValueType,
  whileBelow,
} from './wasm-code.js'

const constant = i32.constant

/**
 * Loops over contiguous numbers that TensorFlow.js has no kernel for, or a scalar one. Addresses and counts are
 * integers.
 *
 * - `affine(x, out, count, factor, term)`: out = x · factor + term
 * - `sigmoidGrad(y, dy, out, count)`: out = dy · y · (1 − y)
 * - `accumulate(x, out, count)`: out += x
 * - `rowSums`, `rowNorms`, `rowMaxima(x, out, rows, width)`: Σ x, √ Σ x² and max x of each row
 * - `copyLines(from, fromStep, to, toStep, lines, width)`: lines of `width` numbers, steps in bytes
 * - `rotate(x, cos, sin, out, pairs, direction)`: see `Ops.rotary`
 */
export function vectorKernels(): (readonly [string, FunctionCode])[] {
  return [
    ['affine', affineKernel()],
    ['sigmoidGrad', sigmoidGradKernel()],
    ['accumulate', accumulateKernel()],
    ['rowSums', rowKernel({ start: 0, add: (sum, x) => f32x4.add(sum, x), finish: sumOfLanes })],
    [
      'rowNorms',
      rowKernel({
        start: 0,
        add: (sum, x) => f32x4.add(sum, f32x4.mul(x, x)),
        finish: (sum) => f32.sqrt(sumOfLanes(sum)),
      }),
    ],
    ['rowMaxima', rowKernel({ start: -Infinity, add: (top, x) => f32x4.max(top, x), finish: maxOfLanes })],
    ['rotate', rotateKernel()],
    ['copyLines', copyLinesKernel()],
  ]
}

/**
 * Loads, computes and stores four numbers at a time, then the rest one by one: the rest goes through the first lane of a
 * vector, so that both compute the same bits.
 */
function forEachNumber(
  code: FunctionCode,
  operands: readonly Local[],
  out: Local,
  count: Local,
  compute: (...values: readonly Code[]) => Code,
): void {
  const i = code.local('i32')
  const advance = (numbers: number): Code =>
    [...new Set([...operands, out])].flatMap((pointer) => pointer.increase(constant(4 * numbers)))
  const four = compute(...operands.map((operand) => f32x4.load(operand.get)))
  const one = compute(...operands.map((operand) => f32x4.splat(f32.load(operand.get))))
  code.emit(
    whileBelow(i, i32.sub(count.get, constant(3)), constant(4), f32x4.store(out.get, four), advance(4)),
    whileBelow(i, count.get, constant(1), f32.store(out.get, f32x4.lane(one, 0)), advance(1)),
  )
}

function parametersOf(code: FunctionCode): Local[] {
  return code.parameters.map((_, index) => code.parameter(index))
}

function affineKernel(): FunctionCode {
  const code = new FunctionCode(['i32', 'i32', 'i32', 'f32', 'f32'])
  const [x, out, count, factor, term] = parametersOf(code) as [Local, Local, Local, Local, Local]
  const [factors, terms] = code.locals('v128', 2) as [Local, Local]
  code.emit(factors.set(f32x4.splat(factor.get)), terms.set(f32x4.splat(term.get)))
  forEachNumber(code, [x], out, count, (value = []) => f32x4.add(f32x4.mul(value, factors.get), terms.get))
  return code
}

function sigmoidGradKernel(): FunctionCode {
  const code = new FunctionCode(integers(4))
  const [y, dy, out, count] = parametersOf(code) as [Local, Local, Local, Local]
  const one = f32x4.splat(f32.constant(1))
  forEachNumber(code, [y, dy], out, count, (sigmoid = [], gradient = []) =>
    f32x4.mul(f32x4.mul(gradient, sigmoid), f32x4.sub(one, sigmoid)),
  )
  return code
}

function accumulateKernel(): FunctionCode {
  const code = new FunctionCode(integers(3))
  const [x, out, count] = parametersOf(code) as [Local, Local, Local]
  forEachNumber(code, [x, out], out, count, (value = [], sum = []) => f32x4.add(sum, value))
  return code
}

interface RowReduction {
  readonly start: number
  add(reduced: Code, x: Code): Code
  finish(reduced: Local): Code
}

/** Four partial results of four lanes each, so that additions need not wait for one another. */
function rowKernel({ start, add, finish }: RowReduction): FunctionCode {
  const code = new FunctionCode(integers(4))
  const [x, out, rows, width] = parametersOf(code) as [Local, Local, Local, Local]
  const [row, i] = code.locals('i32', 2) as [Local, Local]
  const partial = code.locals('v128', 4)
  const value = code.local('v128')
  const [first, ...others] = partial as [Local, Local, Local, Local]
  const neutral = f32x4.splat(f32.constant(start))
  const addAt = (sum: Local, offset: number): Code => [
    ...value.set(f32x4.load(x.get, offset)),
    ...sum.set(add(sum.get, value.get)),
  ]
  // A single number is a vector whose other lanes hold what changes nothing.
  const single = [
    value.set(f32x4.replaceLane(neutral, 0, f32.load(x.get))),
    first.set(add(first.get, value.get)),
    x.increase(constant(4)),
  ]
  const joined = others.map((other) =>
    first.set(start === 0 ? f32x4.add(first.get, other.get) : add(first.get, other.get)),
  )
  return code.emit(
    whileBelow(
      row,
      rows.get,
      constant(1),
      ...partial.map((sum) => sum.set(neutral)),
      i.set(constant(0)),
      whileBelow(
        i,
        i32.sub(width.get, constant(15)),
        constant(16),
        ...partial.map((sum, part) => addAt(sum, 16 * part)),
        x.increase(constant(64)),
      ),
      whileBelow(i, i32.sub(width.get, constant(3)), constant(4), addAt(first, 0), x.increase(constant(16))),
      whileBelow(i, width.get, constant(1), ...single),
      ...joined,
      f32.store(out.get, finish(first)),
      out.increase(constant(4)),
    ),
  )
}

function maxOfLanes(x: Local): Code {
  const [a, b, c, d] = [0, 1, 2, 3].map((lane) => f32x4.lane(x.get, lane)) as [Code, Code, Code, Code]
  return f32.max(f32.max(a, b), f32.max(c, d))
}

function copyLinesKernel(): FunctionCode {
  const code = new FunctionCode(integers(6))
  const [from, fromStep, to, toStep, lines, width] = parametersOf(code) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ]
  const [line, i, source, target] = code.locals('i32', 4) as [Local, Local, Local, Local]
  const advance = (numbers: number): Code =>
    [source, target].flatMap((pointer) => pointer.increase(constant(4 * numbers)))
  return code.emit(
    whileBelow(
      line,
      lines.get,
      constant(1),
      source.set(from.get),
      target.set(to.get),
      i.set(constant(0)),
      whileBelow(
        i,
        i32.sub(width.get, constant(3)),
        constant(4),
        f32x4.store(target.get, f32x4.load(source.get)),
        advance(4),
      ),
      whileBelow(i, width.get, constant(1), f32.store(target.get, f32.load(source.get)), advance(1)),
      from.increase(fromStep.get),
      to.increase(toStep.get),
    ),
  )
}

/** Two pairs at a time: (even, odd) · cos + (odd, even) · (−sin, sin). An odd pair out is done in half a vector. */
function rotateKernel(): FunctionCode {
  const code = new FunctionCode([...integers(5), 'f32'])
  const [x, cos, sin, out, pairs, direction] = parametersOf(code) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ]
  const i = code.local('i32')
  const [signs, values, turned] = code.locals('v128', 3) as [Local, Local, Local]
  const twice = (half: Code, spare: Code): Code => f32x4.shuffle(half, spare, [0, 0, 1, 1])
  const zeros = f32x4.splat(f32.constant(0))
  const rotated = (load: (address: Code) => Code): Code => [
    ...values.set(load(x.get)),
    ...turned.set(f32x4.shuffle(values.get, values.get, [1, 0, 3, 2])),
    ...values.set(
      f32x4.add(
        f32x4.mul(values.get, twice(f32x4.loadHalf(cos.get), zeros)),
        f32x4.mul(turned.get, f32x4.mul(signs.get, twice(f32x4.loadHalf(sin.get), zeros))),
      ),
    ),
  ]
  const advance = (count: number): Code => [
    ...[x, out].flatMap((pointer) => pointer.increase(constant(8 * count))),
    ...[cos, sin].flatMap((pointer) => pointer.increase(constant(4 * count))),
  ]
  const negative = f32.mul(direction.get, f32.constant(-1))
  const sign = f32x4.splat(direction.get)
  return code.emit(
    signs.set(f32x4.replaceLane(f32x4.replaceLane(sign, 0, negative), 2, negative)),
    whileBelow(
      i,
      i32.sub(pairs.get, constant(1)),
      constant(2),
      rotated((address) => f32x4.load(address)),
      f32x4.store(out.get, values.get),
      advance(2),
    ),
    whileBelow(
      i,
      pairs.get,
      constant(1),
      rotated((address) => f32x4.loadHalf(address)),
      f32.store(out.get, f32x4.lane(values.get, 0)),
      f32.store(out.get, f32x4.lane(values.get, 1), 4),
      advance(1),
    ),
  )
}

function integers(count: number): ValueType[] {
  return new Array<ValueType>(count).fill('i32')
}
