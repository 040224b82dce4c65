// Compares the kernels for few rows with products in double precision, in a process of its own because the kernels are
// chosen once (MEDTUNE_ROW_KERNELS). Prints one JSON line: the largest error of each case, relative to Σ |w| |x|.
//   tsx few-rows-run.fixture.ts
import { useBackend } from '../backend.js'
import { roundTo } from '../dtype.js'
import { fewRowOps } from '../fused/few-rows.js'
import { Nf4Tables, nf4Handles, packedMatrix, uploadNf4 } from '../nf4-device.js'
import type { Ops, Tensor } from '../ops.js'
import { decodeNf4, encodeNf4 } from '../quantization.js'
import { Random } from '../random.js'

export interface RowCase {
  readonly name: string
  readonly error: number
}

type Dtype = 'float32' | 'bfloat16'

const random = new Random(7)
const normals = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal())
const rounded = (values: Float32Array, dtype: Dtype): Float32Array =>
  dtype === 'float32' ? values : values.map((value) => roundTo('bfloat16', value))

/** Values of x [N, in] and w [out, in], both already rounded. */
interface Factors {
  readonly x: Float32Array
  readonly w: Float32Array
  readonly width: number
}

/** @param y by vector and row */
function largestError({ x, w, width }: Factors, y: (vector: number, row: number) => number): number {
  let largest = 0
  for (let vector = 0; vector < x.length / width; vector++) {
    for (let row = 0; row < w.length / width; row++) {
      let [sum, magnitude] = [0, 0]
      for (let i = 0; i < width; i++) {
        const term = (x[vector * width + i] ?? 0) * (w[row * width + i] ?? 0)
        sum += term
        magnitude += Math.abs(term)
      }
      largest = Math.max(largest, Math.abs(y(vector, row) - sum) / (magnitude + 1e-30))
    }
  }
  return largest
}

/** Values of a result [N, out] or [heads, N, out / heads] by vector and row. */
async function reader(ops: Ops, result: Tensor, heads: number): Promise<(n: number, row: number) => number> {
  const values = await ops.read(result)
  const [count = 0, width = 0] = result.shape.slice(-2)
  return (n, row) =>
    heads === 1
      ? (values[n * width + row] ?? Number.NaN)
      : (values[(Math.floor(row / width) * count + n) * width + (row % width)] ?? Number.NaN)
}

async function denseCase(ops: Ops, dtype: Dtype, sizes: readonly number[], heads: number): Promise<RowCase> {
  const [count = 0, width = 0, out = 0] = sizes
  const factors = {
    x: rounded(normals(count * width), dtype),
    w: rounded(normals(out * width), dtype),
    width,
  }
  const result = ops.keep(
    ops.scope(() => {
      const x = ops.cast(ops.upload(factors.x, [count, width]), dtype)
      const shape = heads === 1 ? [out, width] : [heads, out / heads, width]
      return ops.matmul(x, ops.cast(ops.upload(factors.w, shape), dtype), { transposeB: true })
    }),
  )
  const error = largestError(factors, await reader(ops, result, heads))
  ops.free(result)
  return { name: `${dtype} ${sizes} heads ${heads}`, error }
}

interface PackedCase {
  readonly dtype: Dtype
  readonly shape: readonly [number, number]
  readonly stored: 'BF16' | 'F16' | 'F32'
  readonly doubleQuantization: boolean
  readonly heads: number
}

async function packedCase(ops: Ops, tables: Nf4Tables, options: PackedCase): Promise<RowCase> {
  const { dtype, shape, stored, doubleQuantization, heads } = options
  const [out, width] = shape
  const tensor = encodeNf4(normals(out * width), { shape, dtype: stored, doubleQuantization })
  const order = Int32Array.from({ length: out }, (_, row) => out - 1 - row)
  const matrix = rounded(decodeNf4(tensor), dtype)
  const w = new Float32Array(matrix.length)
  for (const [row, from] of order.entries()) {
    w.set(matrix.subarray(from * width, (from + 1) * width), row * width)
  }
  const factors = { x: rounded(normals(2 * width), dtype), w, width }
  const onDevice = uploadNf4(ops, tensor, tables)
  const result = ops.keep(
    ops.scope(() => {
      const x = ops.cast(ops.upload(factors.x, [2, width]), dtype)
      const rows = ops.upload(order, [out])
      const product = fewRowOps(ops, x)?.multiplyPacked(x, packedMatrix(onDevice, dtype, rows), heads)
      if (product === undefined) throw new Error('The backend has no kernels for few rows.')
      return product
    }),
  )
  const error = largestError(factors, await reader(ops, result, heads))
  ops.free(result, ...nf4Handles(onDevice))
  return { name: `nf4 ${stored} ${doubleQuantization} ${dtype} ${shape} heads ${heads}`, error }
}

const denseSizes = [
  [1, 576, 300],
  [3, 70, 37],
  [4, 5, 3],
  [1, 1, 1],
  [2, 97, 1],
]

const packedShapes = [
  [8, 64],
  [3, 50],
  [5, 13],
  [300, 96],
  [6, 160],
] as const

const { ops } = await useBackend('native')
const tables = new Nf4Tables(ops)
const cases: RowCase[] = []
for (const dtype of ['float32', 'bfloat16'] as const) {
  for (const sizes of denseSizes) cases.push(await denseCase(ops, dtype, sizes, 1))
  cases.push(await denseCase(ops, dtype, [3, 40, 12], 4))
  for (const shape of packedShapes) {
    for (const stored of ['BF16', 'F16', 'F32'] as const) {
      for (const doubleQuantization of [true, false]) {
        const heads = shape[0] === 6 ? 3 : 1
        cases.push(await packedCase(ops, tables, { dtype, shape, stored, doubleQuantization, heads }))
      }
    }
  }
}
process.stdout.write(`${JSON.stringify(cases)}\n`)
