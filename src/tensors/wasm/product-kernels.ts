import { packKernel } from './pack-kernel.js'
import { rowProductsKernel } from './row-products-kernel.js'
import { copyTileKernel, tileColumns, tileKernel, tileRows } from './tile-kernels.js'
import { type Code, call, FunctionCode, i32, ifElse, whileBelow } from './wasm-code.js'

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

const constant = i32.constant

/** Places of the functions that a product calls. */
const packRows = 0
const packColumns = 1
const tile = 2
const copyTile = 3

/**
 * Matrix products by packing: blocks of both operands are copied into the order in which the innermost loop reads them,
 * so that any transposition costs one pass over the operand and none in the loop, and blocks stay in the processor's
 * caches. They call each other by place: they must be the first functions of their module.
 *
 * - `product(a, aRow, aInner, b, bColumn, bInner, c, cRow, rows, columns, inner, scratch)`: c = a · b; addresses, and
 *   strides in bytes, so that a transposed operand is one with its strides swapped
 * - `rowProducts(x, w, wRow, y, rows, inner)`: y[i] = x · w[i], for one row x against many
 *
 * @see Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008)
 */
export function productKernels(): (readonly [string, FunctionCode])[] {
  return [
    ['packRows', packKernel(tileRows)],
    ['packColumns', packKernel(tileColumns)],
    ['tile', tileKernel()],
    ['copyTile', copyTileKernel()],
    ['product', productKernel()],
    ['rowProducts', rowProductsKernel()],
  ]
}

/** All that the loops of a product name. */
function declareProduct(code: FunctionCode) {
  const parameters = code.parameters(
    'i32',
    ...(['a', 'aRow', 'aInner', 'b', 'bColumn', 'bInner', 'c', 'cRow'] as const),
    ...(['rows', 'columns', 'inner', 'scratch'] as const),
  )
  const variables = code.variables(
    'i32',
    // Where the blocks begin, and how large these are: at the edges they are smaller.
    ...(['left', 'depth', 'top', 'width', 'count', 'height'] as const),
    // The tile inside the block.
    ...(['row', 'column', 'tileHeight', 'tileWidth', 'target'] as const),
  )
  return { ...parameters, ...variables }
}

type ProductLocals = ReturnType<typeof declareProduct>

function productKernel(): FunctionCode {
  const code = new FunctionCode()
  const locals = declareProduct(code)
  const { columns, inner, left, depth, width } = locals
  return code.emit(
    whileBelow(
      left,
      columns.get,
      constant(blockColumns),
      width.set(i32.min(i32.sub(columns.get, left.get), constant(blockColumns))),
      depth.set(constant(0)),
      whileBelow(depth, inner.get, constant(blockInner), ...addInnerBlock(locals)),
    ),
  )
}

/** Adds the products of a block of the inner axis to all rows of a block of columns. */
function addInnerBlock(locals: ProductLocals): Code[] {
  const { a, aRow, aInner, b, bColumn, bInner, rows, inner, scratch } = locals
  const { left, depth, top, width, count, height } = locals
  const packedB = i32.add(scratch.get, constant(packedBOffset))
  const [fromA, fromB] = [
    i32.add(i32.add(a.get, i32.mul(top.get, aRow.get)), i32.mul(depth.get, aInner.get)),
    i32.add(i32.add(b.get, i32.mul(left.get, bColumn.get)), i32.mul(depth.get, bInner.get)),
  ]
  return [
    count.set(i32.min(i32.sub(inner.get, depth.get), constant(blockInner))),
    call(packColumns, fromB, bColumn.get, bInner.get, width.get, count.get, packedB),
    top.set(constant(0)),
    whileBelow(
      top,
      rows.get,
      constant(blockRows),
      height.set(i32.min(i32.sub(rows.get, top.get), constant(blockRows))),
      call(packRows, fromA, aRow.get, aInner.get, height.get, count.get, scratch.get),
      multiplyBlocks(locals),
    ),
  ]
}

/** The product of two packed blocks, tile by tile: a group of B's columns stays in the cache while A's rows pass. */
function multiplyBlocks(locals: ProductLocals): Code {
  const { width, height, row, column, tileHeight, tileWidth } = locals
  return [
    ...column.set(constant(0)),
    ...whileBelow(
      column,
      width.get,
      constant(tileColumns),
      tileWidth.set(i32.min(i32.sub(width.get, column.get), constant(tileColumns))),
      row.set(constant(0)),
      whileBelow(
        row,
        height.get,
        constant(tileRows),
        tileHeight.set(i32.min(i32.sub(height.get, row.get), constant(tileRows))),
        ...multiplyTile(locals),
      ),
    ),
  ]
}

/** One tile, by way of scratch memory where it sticks out of C. */
function multiplyTile(locals: ProductLocals): Code[] {
  const { c, cRow, scratch, left, depth, top, count, row, column, tileHeight, tileWidth, target } = locals
  const bytes = (elements: Code): Code => i32.mul(elements, constant(4))
  const line = (packed: Code, index: Code): Code => i32.add(packed, bytes(i32.mul(index, count.get)))
  const operands = [
    line(scratch.get, row.get),
    line(i32.add(scratch.get, constant(packedBOffset)), column.get),
  ]
  const spare = i32.add(scratch.get, constant(tileOffset))
  const isWhole = i32.equal(i32.add(tileHeight.get, tileWidth.get), constant(tileRows + tileColumns))
  const rowAddress = i32.add(c.get, i32.mul(i32.add(top.get, row.get), cRow.get))
  return [
    target.set(i32.add(rowAddress, bytes(i32.add(left.get, column.get)))),
    // The first block of the inner axis (depth 0) writes, the others add.
    ifElse(
      isWhole,
      [call(tile, ...operands, target.get, cRow.get, count.get, depth.get)],
      [
        call(tile, ...operands, spare, constant(4 * tileColumns), count.get, constant(0)),
        call(copyTile, spare, target.get, cRow.get, tileHeight.get, tileWidth.get, depth.get),
      ],
    ),
  ]
}
