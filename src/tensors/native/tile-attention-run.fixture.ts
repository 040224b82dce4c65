// Compares attention without a score matrix with attention in chunks, in a process of its own because the kernels are chosen
// once (MEDTUNE_ROW_KERNELS). Prints one JSON line: the largest error of each result, relative to its largest value, and
// that of chunks in the same dtype.
//   tsx tile-attention-run.fixture.ts
import { useBackend } from '../backend.js'
import { asDtype } from '../fused/as-dtype.js'
import { attention, attentionBackward } from '../fused/attention.js'
import { causalChunks, type Visibility } from '../fused/query-chunks.js'
import type { FusedAttentionOps, HeadMajorQKV } from '../kernel-ops.js'
import type { Ops, Tensor, TensorDtype } from '../ops.js'
import { Random } from '../random.js'

export interface TileAttentionCase {
  readonly name: string
  /** attended, dQuery, dKey, dValue */
  readonly errors: readonly number[]
  readonly errorsOfChunks: readonly number[]
}

interface Sizes {
  readonly heads: number
  readonly groups: number
  readonly batch: number
  readonly queries: number
  /** Keys before the first query. */
  readonly cached?: number
  readonly width: number
  readonly window?: number
  /** Tokens of a packed row's segments; the second row's are longer. */
  readonly segment?: number
  readonly softCap?: number
}

// Tiles are of 64 queries and 64 keys; vectors of 16, 8 or 4 numbers.
const cases: readonly Sizes[] = [
  { heads: 6, groups: 2, batch: 2, queries: 192, width: 64 },
  { heads: 2, groups: 2, batch: 2, queries: 2, width: 2 },
  { heads: 4, groups: 1, batch: 1, queries: 101, width: 80 },
  { heads: 4, groups: 2, batch: 1, queries: 65, width: 6 },
  { heads: 2, groups: 1, batch: 1, queries: 64, width: 256, softCap: 3 },
  { heads: 2, groups: 2, batch: 2, queries: 150, width: 48, window: 33 },
  { heads: 2, groups: 2, batch: 1, queries: 70, width: 96, window: 3 },
  { heads: 4, groups: 2, batch: 2, queries: 131, width: 32, segment: 17 },
  { heads: 3, groups: 3, batch: 1, queries: 40, cached: 53, width: 48 },
  { heads: 3, groups: 3, batch: 1, queries: 40, cached: 53, width: 48, window: 20 },
  { heads: 4, groups: 2, batch: 2, queries: 129, width: 16, window: 7, segment: 30, softCap: 2 },
]

const random = new Random(7)

function normals(ops: Ops, shape: readonly number[], dtype: TensorDtype, scale = 1): Tensor {
  const count = shape.reduce((product, size) => product * size, 1)
  const values = Float32Array.from({ length: count }, () => scale * random.normal())
  return asDtype(ops, ops.upload(values, shape), dtype)
}

/** Segments of the rows, and the first key that each query sees, by their definition. */
function visibilityOf(sizes: Sizes): { visibility: Visibility; firstKeys: Int32Array | undefined } {
  const { batch, queries, cached = 0, window, segment } = sizes
  const segmentOf = (row: number, token: number): number =>
    segment === undefined ? 0 : Math.floor(token / (segment + 9 * row))
  const segmentIds = Int32Array.from({ length: batch * queries }, (_, i) =>
    segmentOf(Math.floor(i / queries), i % queries),
  )
  const rows = segment === undefined ? 1 : batch
  const firstKeys = Int32Array.from({ length: rows * queries }, (_, i) => {
    const [row, token] = [Math.floor(i / queries), i % queries]
    const sees = (key: number): boolean =>
      key > cached + token - (window ?? Number.POSITIVE_INFINITY) &&
      (key < cached || segmentOf(row, key - cached) === segmentOf(row, token))
    return Array.from({ length: cached + token + 1 }, (_, key) => key).findIndex(sees)
  })
  return {
    visibility: { cachedCount: cached, window, segmentIds: segment === undefined ? undefined : segmentIds },
    firstKeys: window === undefined && segment === undefined ? undefined : firstKeys,
  }
}

type Results = readonly [attended: Tensor, dQuery: Tensor, dKey: Tensor, dValue: Tensor]

function inChunks(ops: Ops, inputs: HeadMajorQKV, dAttended: Tensor, sizes: Sizes): Results {
  const chunks = causalChunks(ops, sizes.queries, visibilityOf(sizes).visibility)
  const rule = { chunks, softCap: sizes.softCap }
  const outputs = attention(ops, inputs, rule, true)
  const { dQuery, dKey, dValue } = attentionBackward(ops, inputs, outputs, dAttended, rule)
  return [outputs.attended, dQuery, dKey, dValue]
}

function inTiles(
  ops: Ops,
  kernels: FusedAttentionOps,
  inputs: HeadMajorQKV,
  dAttended: Tensor,
  sizes: Sizes,
): Results {
  const { firstKeys } = visibilityOf(sizes)
  const shape = sizes.segment === undefined ? [sizes.queries] : [sizes.batch, sizes.queries]
  const rule = {
    ...{ firstKeys: firstKeys && ops.upload(firstKeys, shape), softCap: sizes.softCap },
  }
  const outputs = kernels.forward(inputs, rule)
  const gradients = outputs && kernels.backward(inputs, outputs, dAttended, rule)
  if (outputs === undefined || gradients === undefined) throw new Error('native must serve every case.')
  return [outputs.attended, gradients.dQuery, gradients.dKey, gradients.dValue]
}

async function errorsOf(ops: Ops, results: Results, exact: Results): Promise<number[]> {
  const errors: number[] = []
  for (const [index, result] of results.entries()) {
    const expected = exact[index] as Tensor
    if (result.shape.join() !== expected.shape.join()) throw new Error(`result ${index} has another shape.`)
    const [a, b] = [await ops.read(result), await ops.read(expected)]
    const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3)
    errors.push(a.reduce((most, value, i) => larger(most, Math.abs(value - (b[i] as number)) / largest), 0))
  }
  return errors
}

/** NaN stays. */
function larger(most: number, value: number): number {
  return value <= most ? most : value
}

async function compare(
  ops: Ops,
  kernels: FusedAttentionOps,
  sizes: Sizes,
  dtype: TensorDtype,
): Promise<TileAttentionCase> {
  const { heads, groups, batch, queries, cached = 0, width } = sizes
  const kept = ops.scope(() => {
    const shape = [heads, batch, queries, width]
    const ofKeys = [groups, batch, cached + queries, width]
    const query = normals(ops, shape, dtype, 2 / Math.sqrt(width))
    const inputs = { query, key: normals(ops, ofKeys, dtype), value: normals(ops, ofKeys, dtype) }
    const dAttended = normals(ops, shape, dtype)
    const float = (x: Tensor): Tensor => asDtype(ops, x, 'float32')
    const wide = { query: float(query), key: float(inputs.key), value: float(inputs.value) }
    return [
      inTiles(ops, kernels, inputs, dAttended, sizes),
      inChunks(ops, inputs, dAttended, sizes),
      inChunks(ops, wide, float(dAttended), sizes),
    ].map((results) => results.map((result) => ops.keep(result)))
  }) as unknown as [Results, Results, Results]
  const [tiles, chunks, exact] = kept
  const name = `${dtype} ${JSON.stringify(sizes)}`
  const errors = await errorsOf(ops, tiles, exact)
  const errorsOfChunks = await errorsOf(ops, chunks, exact)
  ops.free(...kept.flat())
  return { name, errors, errorsOfChunks }
}

const { ops } = await useBackend('native')
const kernels = ops.fusedAttention
if (kernels === undefined) throw new Error('native must have kernels for attention.')
const found: TileAttentionCase[] = []
for (const dtype of ['float32', 'bfloat16'] as const)
  for (const sizes of cases) found.push(await compare(ops, kernels, sizes, dtype))
process.stdout.write(`${JSON.stringify(found)}\n`)
