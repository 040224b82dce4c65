// Compares the kernels for many rows with the operations they stand for, in a process of its own because the kernels are
// chosen once (MEDTUNE_ROW_KERNELS). Prints one JSON line: the largest error of each case, relative to its largest value.
//   tsx many-rows-run.fixture.ts
import { useBackend } from '../backend.js'
import { asDtype } from '../fused/as-dtype.js'
import { gatedUnit, gatedUnitBackward } from '../fused/gated-unit.js'
import { normalizeRows, normalizeRowsBackward } from '../fused/rms-norm.js'
import { capped, capSlope } from '../fused/soft-cap.js'
import type { ManyRowOps } from '../kernel-ops.js'
import type { Ops, Tensor, TensorDtype } from '../ops.js'
import { Random } from '../random.js'

export interface ManyRowCase {
  readonly name: string
  readonly error: number
}

/** What a kernel gives, and what the plain operations give for the same inputs. */
type Pair = readonly [own: Tensor, plain: Tensor]

const random = new Random(3)
const dtypes = ['float32', 'bfloat16'] as const

function normals(ops: Ops, shape: readonly number[], dtype: TensorDtype = 'float32'): Tensor {
  const count = shape.reduce((product, size) => product * size, 1)
  const values = Float32Array.from({ length: count }, () => 3 * random.normal())
  return asDtype(ops, ops.upload(values, shape), dtype)
}

const exact = (ops: Ops, x: Tensor): Tensor => asDtype(ops, x, 'float32')

function gates(ops: Ops, many: ManyRowOps, from: TensorDtype, to: TensorDtype, width: number): Pair[] {
  return (['silu', 'gelu_pytorch_tanh'] as const).flatMap((activation) => {
    const [gate, up] = [normals(ops, [5, width], from), normals(ops, [5, width], from)]
    const dActivated = normals(ops, [5, width], to)
    const inputs = { gate: exact(ops, gate), up: exact(ops, up) }
    const plain = gatedUnit(ops, activation, inputs.gate, inputs.up)
    const gradients = gatedUnitBackward(ops, activation, inputs, plain, exact(ops, dActivated))
    const own = many.gatedUnitBackward(activation, gate, up, dActivated)
    return [
      [many.gatedUnit(activation, gate, up, to), plain.activated],
      [own.dGate, gradients.dGate],
      [own.dUp, gradients.dUp],
    ] as const
  })
}

function norms(ops: Ops, many: ManyRowOps, dtype: TensorDtype, width: number): Pair[] {
  const [x, dy, residual] = [1, 2, 3].map(() => normals(ops, [7, width])) as [Tensor, Tensor, Tensor]
  const weight = normals(ops, [width])
  const rule = { epsilon: 1e-5, offset: 1 }
  const factor = ops.addScalar(weight, rule.offset)
  const rows = normalizeRows(ops, x, rule.epsilon)
  const { y, normalized, inverseRms } = many.normalizeRows(x, weight, { ...rule, dtype })
  const dx = normalizeRowsBackward(ops, ops.mul(dy, factor), rows)
  return [
    [y, ops.mul(rows.normalized, factor)],
    [normalized, rows.normalized],
    [inverseRms, rows.inverseRms],
    [many.normalizeRowsBackward(dy, rows, weight, rule), dx],
    [many.normalizeRowsBackward(dy, rows, weight, { ...rule, residual }), ops.add(residual, dx)],
  ]
}

function turns(ops: Ops, many: ManyRowOps, from: TensorDtype, to: TensorDtype, width: number): Pair[] {
  const [heads, batch, length] = [3, 2, 5]
  const x = normals(ops, [heads, batch, length, width], from)
  const shapes = [
    [length, width / 2],
    [batch, length, width / 2],
  ]
  return shapes.flatMap((shape) => {
    const count = shape.reduce((product, size) => product * size, 1)
    const table = ops.rotaryTable(
      Float32Array.from({ length: count }, () => random.normal()),
      shape,
      0.5,
    )
    const plain = (inverse: boolean): Tensor => ops.rotary(exact(ops, x), table, { inverse })
    return [
      [many.rotary(x, table, { inverse: false, byToken: false, dtype: to }), plain(false)],
      [
        many.rotary(x, table, { inverse: true, byToken: true, dtype: to }),
        ops.transpose(plain(true), [1, 2, 0, 3]),
      ],
    ] as const
  })
}

function lowRanks(ops: Ops, many: ManyRowOps, from: TensorDtype, to: TensorDtype, width: number): Pair[] {
  return [3, 16].map((rank) => {
    const x = normals(ops, [13, width], from)
    const [left, right] = [normals(ops, [13, rank], from), normals(ops, [rank, width], from)]
    const product = ops.matmul(exact(ops, left), exact(ops, right))
    return [many.addLowRank(x, left, right, to), ops.add(exact(ops, x), product)]
  })
}

/** Logits of one kind, some with the label first, some with it last. */
function logitsOf(ops: Ops, kind: 'usual' | 'one row' | 'huge', dtype: TensorDtype, width: number): Tensor {
  if (kind === 'usual') return normals(ops, [9, width], dtype)
  if (kind === 'one row') return normals(ops, [1, width], dtype)
  const values = Float32Array.from({ length: 4 * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width]
    if (row === 0) return column % 2 === 0 ? 1e4 : -1e4
    if (row === 1) return column === 0 ? 2 : -1e30
    return row === 2 ? 1e4 + 64 * (column % 3) : -1e4
  })
  return asDtype(ops, ops.upload(values, [4, width]), dtype)
}

/** Losses, what is subtracted at the label, and what the logits become. */
function crossEntropies(
  ops: Ops,
  many: ManyRowOps,
  dtype: TensorDtype,
  width: number,
): Record<'losses' | 'shares', Pair[]> {
  const pairs: Record<'losses' | 'shares', Pair[]> = { losses: [], shares: [] }
  for (const kind of ['usual', 'one row', 'huge'] as const) {
    for (const softCap of [undefined, 5]) {
      const shares = logitsOf(ops, kind, dtype, width)
      const rows = shares.shape[0] ?? 0
      const labels = Int32Array.from({ length: rows }, (_, row) => [0, width - 1, row % width][row % 3] ?? 0)
      const hot = Float32Array.from({ length: rows * width }, (_, i) =>
        labels[Math.floor(i / width)] === i % width ? 1 : 0,
      )
      const [indices, label] = [ops.upload(labels, [rows]), ops.upload(hot, [rows, width])]
      const logits = exact(ops, shares)
      const used = softCap === undefined ? ops.addScalar(logits, 0) : capped(ops, logits, softCap)
      const slopes = softCap === undefined ? ops.full([rows, width], 1) : capSlope(ops, used, softCap)
      const { loss, probabilities } = ops.crossEntropy(used, indices)
      const weighed = ops.mul(probabilities, slopes)
      const atLabel = ops.sum(ops.mul(label, ops.sub(slopes, weighed)), [1], true)
      const expected = ops.sub(weighed, ops.mul(weighed, label))
      const alone = many.crossEntropy(shares, indices, { softCap, gradients: false })
      // From here on `shares` holds no logits any more.
      const own = many.crossEntropy(shares, indices, { softCap, gradients: true })
      pairs.losses.push([alone.losses, ops.scale(loss, 1)], [own.losses, loss], [own.atLabel, atLabel])
      pairs.shares.push([shares, expected])
    }
  }
  return pairs
}

async function largestError(ops: Ops, pairs: () => readonly Pair[]): Promise<number> {
  const kept = ops.scope(() => pairs().map((pair) => pair.map((tensor) => ops.keep(exact(ops, tensor)))))
  const errors: number[] = []
  for (const [own, plain] of kept) {
    if (own === undefined || plain === undefined || own.shape.join() !== plain.shape.join()) return Number.NaN
    const [a, b] = [await ops.read(own), await ops.read(plain)]
    const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3)
    errors.push(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN)) / largest))
    ops.free(own, plain)
  }
  return errors.some(Number.isNaN) ? Number.NaN : Math.max(...errors)
}

const { ops } = await useBackend('native')
const many = ops.manyRows
if (many === undefined) throw new Error('native must have kernels for many rows.')
const cases: ManyRowCase[] = []
for (const width of [6, 48, 134])
  for (const from of dtypes) {
    for (const to of dtypes) {
      const name = `${from} → ${to}, ${width}`
      cases.push({
        name: `gates, ${name}`,
        error: await largestError(ops, () => gates(ops, many, from, to, width)),
      })
      cases.push({
        name: `low ranks, ${name}`,
        error: await largestError(ops, () => lowRanks(ops, many, from, to, width)),
      })
      cases.push({
        name: `turns, ${name}`,
        error: await largestError(ops, () => turns(ops, many, from, to, width)),
      })
    }
    const name = `${from}, ${width}`
    cases.push({
      name: `norms, ${name}`,
      error: await largestError(ops, () => norms(ops, many, from, width)),
    })
    for (const part of ['losses', 'shares'] as const) {
      cases.push({
        name: `${part} of cross-entropy, ${name}`,
        error: await largestError(ops, () => crossEntropies(ops, many, from, width)[part]),
      })
    }
  }
process.stdout.write(`${JSON.stringify(cases)}\n`)
