import { type Code, FunctionCode, f32, f32x4, i32, type Local, whileBelow } from './wasm-code.js'

const constant = i32.constant
/** Independent sums, so that additions need not wait for one another. */
const partialSums = 4

/** One row against many: every row of w is read once, where packing would write it again. */
export function rowProductsKernel(): FunctionCode {
  const code = new FunctionCode()
  const { x, w, wRow, y, rows, inner } = code.parameters('i32', 'x', 'w', 'wRow', 'y', 'rows', 'inner')
  const { row, k, from, along } = code.variables('i32', 'row', 'k', 'from', 'along')
  const rest = code.variable('f32')
  const first = code.variable('v128')
  const others = Array.from({ length: partialSums - 1 }, () => code.variable('v128'))
  const sums = [first, ...others]
  const addPart = (sum: Local, offset: number): Code =>
    sum.set(f32x4.add(sum.get, f32x4.mul(f32x4.load(along.get, offset), f32x4.load(from.get, offset))))
  const addOne = rest.set(f32.add(rest.get, f32.mul(f32.load(along.get), f32.load(from.get))))
  const advance = (numbers: number): Code => [
    ...from.increase(constant(4 * numbers)),
    ...along.increase(constant(4 * numbers)),
  ]
  const untilLast = (numbers: number): Code => i32.sub(inner.get, constant(numbers - 1))
  const step = 4 * partialSums
  return code.emit(
    whileBelow(
      row,
      rows.get,
      constant(1),
      from.set(w.get),
      along.set(x.get),
      k.set(constant(0)),
      rest.set(f32.constant(0)),
      ...sums.map((sum) => sum.set(f32x4.splat(f32.constant(0)))),
      whileBelow(
        k,
        untilLast(step),
        constant(step),
        ...sums.map((sum, i) => addPart(sum, 16 * i)),
        advance(step),
      ),
      whileBelow(k, untilLast(4), constant(4), addPart(first, 0), advance(4)),
      whileBelow(k, inner.get, constant(1), addOne, advance(1)),
      ...others.map((sum) => first.set(f32x4.add(first.get, sum.get))),
      f32.store(y.get, f32.add(rest.get, sumOfLanes(first))),
      y.increase(constant(4)),
      w.increase(wRow.get),
    ),
  )
}

/** Sum of the four numbers of a vector. */
export function sumOfLanes(x: Local): Code {
  const [a = [], b = [], c = [], d = []] = [0, 1, 2, 3].map((lane) => f32x4.lane(x.get, lane))
  return f32.add(f32.add(a, b), f32.add(c, d))
}
