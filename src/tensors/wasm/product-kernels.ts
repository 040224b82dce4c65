import { packKernel } from './pack-kernel.js'
import {
  type Code,
  call,
  FunctionCode,
  f32,
  f32x4,
  i32,
  ifElse,
  type Local,
  whileBelow,
} from './wasm-code.js'

/**
 * Matrix product by packing (Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008): blocks of
 * both operands are copied into the order in which the innermost loop reads them, so that any transposition costs one
 * pass over the operand and none in the loop, and blocks stay in the processor's caches.
 */
/** One tile of C lives in registers. Measured: 4 × 8 reaches 40 GFLOP/s, 6 × 8 and 4 × 12 spill and reach 25. */
const tileRows = 4
const tileColumns = 8
/** Inner elements of a block: a packed line group of B (8 × 256 floats) stays in the first-level cache. */
const blockInner = 256
/** Rows of a packed block of A (192 × 256 floats), for the second-level cache. */
const blockRows = 192
/** Columns of a packed block of B. */
const blockColumns = 1024

/** Bytes that one running product needs: packed A, packed B and one tile. */
export const productScratchBytes: number =
  4 * (blockRows * blockInner + blockColumns * blockInner + tileRows * tileColumns)

const packedBOffset = 4 * blockRows * blockInner
const tileOffset = packedBOffset + 4 * blockColumns * blockInner

const bytes = (elements: Code): Code => i32.mul(elements, i32.constant(4))
const constant = i32.constant

/**
 * The functions of a product, in the order in which they call each other by index, `first` being the index of the first.
 *
 * - `product(a, aRow, aInner, b, bColumn, bInner, c, cRow, rows, columns, inner, scratch)`: c = a · b; addresses, and
 *   strides in bytes, so that a transposed operand is one with its strides swapped
 * - `rowProducts(x, w, wRow, y, rows, inner)`: y[i] = x · w[i], for one row x against many
 */
export function productKernels(first: number): (readonly [string, FunctionCode])[] {
  const [packRows, packColumns, tile, copyTile] = [first, first + 1, first + 2, first + 3]
  return [
    ['packRows', packKernel(tileRows)],
    ['packColumns', packKernel(tileColumns)],
    ['tile', tileKernel()],
    ['copyTile', copyTileKernel()],
    ['product', productKernel({ packRows, packColumns, tile, copyTile })],
    ['rowProducts', rowProductsKernel()],
  ]
}

/** tile(a, b, c, cRow, inner, adds): one tile of c, or added to c where `adds` is not 0. */
function tileKernel(): FunctionCode {
  const code = new FunctionCode(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'])
  const [a, b, c, cRow, inner, adds] = [0, 1, 2, 3, 4, 5].map((i) => code.parameter(i)) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ]
  const [end] = code.locals('i32', 1) as [Local]
  const vectors = tileColumns / 4
  const sums = code.locals('v128', tileRows * vectors)
  const right = code.locals('v128', vectors)
  const [left] = code.locals('v128', 1) as [Local]
  const addStep = [
    ...right.flatMap((column, i) => column.set(f32x4.load(b.get, 16 * i))),
    ...Array.from({ length: tileRows }, (_, row) => [
      ...left.set(f32x4.loadSplat(a.get, 4 * row)),
      ...right.flatMap((column, i) => {
        const sum = sums[row * vectors + i] as Local
        return sum.set(f32x4.add(sum.get, f32x4.mul(left.get, column.get)))
      }),
    ]).flat(),
  ]
  const rows = Array.from({ length: tileRows }, (_, row) => sums.slice(row * vectors, (row + 1) * vectors))
  const writeRow = (row: readonly Local[], adding: boolean): Code => [
    ...row.flatMap((sum, i) =>
      f32x4.store(c.get, adding ? f32x4.add(f32x4.load(c.get, 16 * i), sum.get) : sum.get, 16 * i),
    ),
    ...c.increase(cRow.get),
  ]
  return code.emit(
    end.set(i32.add(a.get, i32.mul(inner.get, constant(4 * tileRows)))),
    whileBelow(a, end.get, constant(4 * tileRows), addStep, b.increase(constant(4 * tileColumns))),
    ifElse(
      adds.get,
      rows.map((row) => writeRow(row, true)),
      rows.map((row) => writeRow(row, false)),
    ),
  )
}

/** copyTile(tile, c, cRow, rows, columns, adds): the part of a tile that lies inside c. */
function copyTileKernel(): FunctionCode {
  const code = new FunctionCode(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'])
  const [tile, c, cRow, rows, columns, adds] = [0, 1, 2, 3, 4, 5].map((i) => code.parameter(i)) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ]
  const [row, column, from, to] = code.locals('i32', 4) as [Local, Local, Local, Local]
  return code.emit(
    whileBelow(
      row,
      rows.get,
      constant(1),
      from.set(i32.add(tile.get, i32.mul(row.get, constant(4 * tileColumns)))),
      to.set(i32.add(c.get, i32.mul(row.get, cRow.get))),
      column.set(constant(0)),
      whileBelow(
        column,
        columns.get,
        constant(1),
        ifElse(
          adds.get,
          [f32.store(to.get, f32.add(f32.load(to.get), f32.load(from.get)))],
          [f32.store(to.get, f32.load(from.get))],
        ),
        from.increase(constant(4)),
        to.increase(constant(4)),
      ),
    ),
  )
}

interface ProductCalls {
  readonly packRows: number
  readonly packColumns: number
  readonly tile: number
  readonly copyTile: number
}

function productKernel(calls: ProductCalls): FunctionCode {
  const code = new FunctionCode(new Array(12).fill('i32'))
  const [a, aRow, aInner, b, bColumn, bInner, c, cRow, rows, columns, inner, scratch] = Array.from(
    { length: 12 },
    (_, i) => code.parameter(i),
  ) as [Local, Local, Local, Local, Local, Local, Local, Local, Local, Local, Local, Local]
  const [left, depth, top, column, row, width, count, height, target, tileHeight, tileWidth] = code.locals(
    'i32',
    11,
  ) as [Local, Local, Local, Local, Local, Local, Local, Local, Local, Local, Local]
  const packedB = i32.add(scratch.get, constant(packedBOffset))
  const tile = i32.add(scratch.get, constant(tileOffset))
  const at = (base: Local, line: Local, lineStride: Local, innerStride: Local): Code =>
    i32.add(i32.add(base.get, i32.mul(line.get, lineStride.get)), i32.mul(depth.get, innerStride.get))
  const lines = (packed: Code, line: Local): Code => i32.add(packed, bytes(i32.mul(line.get, count.get)))
  const operands = [lines(scratch.get, row), lines(packedB, column)]
  const isWhole = i32.equal(i32.add(tileHeight.get, tileWidth.get), constant(tileRows + tileColumns))
  const oneTile = [
    tileHeight.set(i32.min(i32.sub(height.get, row.get), constant(tileRows))),
    target.set(
      i32.add(
        i32.add(c.get, i32.mul(i32.add(top.get, row.get), cRow.get)),
        bytes(i32.add(left.get, column.get)),
      ),
    ),
    ifElse(
      isWhole,
      [call(calls.tile, ...operands, target.get, cRow.get, count.get, depth.get)],
      [
        call(calls.tile, ...operands, tile, constant(4 * tileColumns), count.get, constant(0)),
        call(calls.copyTile, tile, target.get, cRow.get, tileHeight.get, tileWidth.get, depth.get),
      ],
    ),
  ]
  const blockOfRows = [
    height.set(i32.min(i32.sub(rows.get, top.get), constant(blockRows))),
    call(calls.packRows, at(a, top, aRow, aInner), aRow.get, aInner.get, height.get, count.get, scratch.get),
    column.set(constant(0)),
    whileBelow(
      column,
      width.get,
      constant(tileColumns),
      tileWidth.set(i32.min(i32.sub(width.get, column.get), constant(tileColumns))),
      row.set(constant(0)),
      whileBelow(row, height.get, constant(tileRows), ...oneTile),
    ),
  ]
  const blockOfInner = [
    count.set(i32.min(i32.sub(inner.get, depth.get), constant(blockInner))),
    call(
      calls.packColumns,
      at(b, left, bColumn, bInner),
      bColumn.get,
      bInner.get,
      width.get,
      count.get,
      packedB,
    ),
    top.set(constant(0)),
    whileBelow(top, rows.get, constant(blockRows), ...blockOfRows),
  ]
  return code.emit(
    whileBelow(
      left,
      columns.get,
      constant(blockColumns),
      width.set(i32.min(i32.sub(columns.get, left.get), constant(blockColumns))),
      depth.set(constant(0)),
      whileBelow(depth, inner.get, constant(blockInner), ...blockOfInner),
    ),
  )
}

/** One row against many: every row of w is read once, where packing would write it again. */
function rowProductsKernel(): FunctionCode {
  const code = new FunctionCode(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'])
  const [x, w, wRow, y, rows, inner] = [0, 1, 2, 3, 4, 5].map((i) => code.parameter(i)) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ]
  const [row, k, from, along] = code.locals('i32', 4) as [Local, Local, Local, Local]
  const [rest] = code.locals('f32', 1) as [Local]
  const sums = code.locals('v128', 4)
  const [total] = sums as [Local, Local, Local, Local]
  const unroll = sums.length
  const addPart = (sum: Local, offset: number): Code =>
    sum.set(f32x4.add(sum.get, f32x4.mul(f32x4.load(along.get, offset), f32x4.load(from.get, offset))))
  const advance = (steps: number): Code => [
    ...from.increase(constant(4 * steps)),
    ...along.increase(constant(4 * steps)),
  ]
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
        i32.sub(inner.get, constant(4 * unroll - 1)),
        constant(4 * unroll),
        ...sums.map((sum, i) => addPart(sum, 16 * i)),
        advance(4 * unroll),
      ),
      whileBelow(k, i32.sub(inner.get, constant(3)), constant(4), addPart(total, 0), advance(4)),
      whileBelow(
        k,
        inner.get,
        constant(1),
        rest.set(f32.add(rest.get, f32.mul(f32.load(along.get), f32.load(from.get)))),
        advance(1),
      ),
      ...sums.slice(1).map((sum) => total.set(f32x4.add(total.get, sum.get))),
      f32.store(y.get, f32.add(rest.get, sumOfLanes(total))),
      y.increase(constant(4)),
      w.increase(wRow.get),
    ),
  )
}

/** Sum of the four numbers of a vector. */
export function sumOfLanes(x: Local): Code {
  const [a, b, c, d] = [0, 1, 2, 3].map((lane) => f32x4.lane(x.get, lane)) as [Code, Code, Code, Code]
  return f32.add(f32.add(a, b), f32.add(c, d))
}
