import { sumOfLanes } from './row-products-kernel.js'
import { type Code, FunctionCode, f32, f32x4, i32, type Local, whileBelow } from './wasm-code.js'

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
    ['rowSums', rowKernel({ start: 0, add: f32x4.add, join: f32x4.add, finish: sumOfLanes })],
    [
      'rowNorms',
      rowKernel({
        start: 0,
        add: (sum, x) => f32x4.add(sum, f32x4.mul(x, x)),
        join: f32x4.add,
        finish: (sum) => f32.sqrt(sumOfLanes(sum)),
      }),
    ],
    ['rowMaxima', rowKernel({ start: -Infinity, add: f32x4.max, join: f32x4.max, finish: maxOfLanes })],
    ['copyLines', copyLinesKernel()],
    ['rotate', rotateKernel()],
  ]
}

/**
 * Loads, computes and stores four numbers at a time, then the rest one by one: the rest goes through the first lane of a
 * vector, so that both compute the same bits.
 */
function forEachNumber(
  code: FunctionCode,
  pointers: { readonly operands: readonly Local[]; readonly out: Local; readonly count: Local },
  compute: (...values: readonly Code[]) => Code,
): Code {
  const { operands, out, count } = pointers
  const i = code.variable('i32')
  const advance = (numbers: number): Code =>
    [...new Set([...operands, out])].flatMap((pointer) => pointer.increase(constant(4 * numbers)))
  const four = compute(...operands.map((operand) => f32x4.load(operand.get)))
  const one = compute(...operands.map((operand) => f32x4.splat(f32.load(operand.get))))
  return [
    ...i.set(constant(0)),
    ...whileBelow(i, i32.sub(count.get, constant(3)), constant(4), f32x4.store(out.get, four), advance(4)),
    ...whileBelow(i, count.get, constant(1), f32.store(out.get, f32x4.lane(one, 0)), advance(1)),
  ]
}

function affineKernel(): FunctionCode {
  const code = new FunctionCode()
  const { x, out, count } = code.parameters('i32', 'x', 'out', 'count')
  const { factor, term } = code.parameters('f32', 'factor', 'term')
  const { factors, terms } = code.variables('v128', 'factors', 'terms')
  return code.emit(
    factors.set(f32x4.splat(factor.get)),
    terms.set(f32x4.splat(term.get)),
    forEachNumber(code, { operands: [x], out, count }, (value = []) =>
      f32x4.add(f32x4.mul(value, factors.get), terms.get),
    ),
  )
}

function sigmoidGradKernel(): FunctionCode {
  const code = new FunctionCode()
  const { y, dy, out, count } = code.parameters('i32', 'y', 'dy', 'out', 'count')
  const one = f32x4.splat(f32.constant(1))
  return code.emit(
    forEachNumber(code, { operands: [y, dy], out, count }, (sigmoid = [], gradient = []) =>
      f32x4.mul(f32x4.mul(gradient, sigmoid), f32x4.sub(one, sigmoid)),
    ),
  )
}

function accumulateKernel(): FunctionCode {
  const code = new FunctionCode()
  const { x, out, count } = code.parameters('i32', 'x', 'out', 'count')
  return code.emit(
    forEachNumber(code, { operands: [x, out], out, count }, (value = [], sum = []) => f32x4.add(sum, value)),
  )
}

function copyLinesKernel(): FunctionCode {
  const code = new FunctionCode()
  const parameters = code.parameters('i32', 'from', 'fromStep', 'to', 'toStep', 'lines', 'width')
  const { from, fromStep, to, toStep, lines, width } = parameters
  const { line, source, target } = code.variables('i32', 'line', 'source', 'target')
  return code.emit(
    whileBelow(
      line,
      lines.get,
      constant(1),
      source.set(from.get),
      target.set(to.get),
      forEachNumber(code, { operands: [source], out: target, count: width }, (value = []) => value),
      from.increase(fromStep.get),
      to.increase(toStep.get),
    ),
  )
}

interface RowReduction {
  /** Changes nothing when added. */
  readonly start: number
  add(reduced: Code, x: Code): Code
  join(reduced: Code, other: Code): Code
  finish(reduced: Local): Code
}

/** Four partial results of four lanes each, so that additions need not wait for one another. */
function rowKernel({ start, add, join, finish }: RowReduction): FunctionCode {
  const code = new FunctionCode()
  const { x, out, rows, width } = code.parameters('i32', 'x', 'out', 'rows', 'width')
  const { row, i } = code.variables('i32', 'row', 'i')
  const { first, value } = code.variables('v128', 'first', 'value')
  const others = Array.from({ length: 3 }, () => code.variable('v128'))
  const partial = [first, ...others]
  const neutral = f32x4.splat(f32.constant(start))
  const addValue = (sum: Local, next: Code): Code => [...value.set(next), ...sum.set(add(sum.get, value.get))]
  const addSixteen = partial.map((sum, part) => addValue(sum, f32x4.load(x.get, 16 * part)))
  const addFour = addValue(first, f32x4.load(x.get))
  const addOne = addValue(first, f32x4.replaceLane(neutral, 0, f32.load(x.get)))
  const forEach = (numbers: number, ...body: readonly Code[]): Code =>
    whileBelow(
      i,
      i32.sub(width.get, constant(numbers - 1)),
      constant(numbers),
      ...body,
      x.increase(constant(4 * numbers)),
    )
  return code.emit(
    whileBelow(
      row,
      rows.get,
      constant(1),
      ...partial.map((sum) => sum.set(neutral)),
      i.set(constant(0)),
      forEach(16, ...addSixteen),
      forEach(4, addFour),
      forEach(1, addOne),
      ...others.map((other) => first.set(join(first.get, other.get))),
      f32.store(out.get, finish(first)),
      out.increase(constant(4)),
    ),
  )
}

function maxOfLanes(x: Local): Code {
  const [a = [], b = [], c = [], d = []] = [0, 1, 2, 3].map((lane) => f32x4.lane(x.get, lane))
  return f32.max(f32.max(a, b), f32.max(c, d))
}

/** Two pairs at a time: (even, odd) · cos + (odd, even) · (−sin, sin). A single pair is done in half a vector. */
function rotateKernel(): FunctionCode {
  const code = new FunctionCode()
  const { x, cos, sin, out, pairs } = code.parameters('i32', 'x', 'cos', 'sin', 'out', 'pairs')
  const { direction } = code.parameters('f32', 'direction')
  const i = code.variable('i32')
  const { signs, values, turned } = code.variables('v128', 'signs', 'values', 'turned')
  const twice = (half: Code): Code => f32x4.shuffle(half, half, [0, 0, 1, 1])
  const rotated = (read: (address: Code) => Code): Code => [
    ...values.set(read(x.get)),
    ...turned.set(f32x4.shuffle(values.get, values.get, [1, 0, 3, 2])),
    ...values.set(
      f32x4.add(
        f32x4.mul(values.get, twice(f32x4.loadHalf(cos.get))),
        f32x4.mul(turned.get, f32x4.mul(signs.get, twice(f32x4.loadHalf(sin.get)))),
      ),
    ),
  ]
  const advance = (count: number): Code => [
    ...[x, out].flatMap((pointer) => pointer.increase(constant(8 * count))),
    ...[cos, sin].flatMap((pointer) => pointer.increase(constant(4 * count))),
  ]
  const negative = f32.mul(direction.get, f32.constant(-1))
  const alternating = f32x4.replaceLane(f32x4.splat(direction.get), 0, negative)
  const storeHalf = [0, 1].flatMap((lane) => f32.store(out.get, f32x4.lane(values.get, lane), 4 * lane))
  return code.emit(
    signs.set(f32x4.replaceLane(alternating, 2, negative)),
    whileBelow(
      i,
      i32.sub(pairs.get, constant(1)),
      constant(2),
      rotated(f32x4.load),
      f32x4.store(out.get, values.get),
      advance(2),
    ),
    whileBelow(i, pairs.get, constant(1), rotated(f32x4.loadHalf), storeHalf, advance(1)),
  )
}
