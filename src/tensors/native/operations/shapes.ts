import { tensorflowTypes } from '../binding.js'
import { attributesOf, intAttribute, typeAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import { identity } from './element-wise.js'

const { int32 } = tensorflowTypes

/** A part along axis 0 is a view of its tensor only where it can start at this alignment. */
const viewAlignmentBytes = 64

export function reshape(runner: OpRunner, x: NativeTensor, shape: readonly number[]): NativeTensor {
  return runner.run('Reshape', typeAnd(x, 'Tshape'), [x, runner.ints(shape)], x)
}

export function transpose(runner: OpRunner, x: NativeTensor, permutation: readonly number[]): NativeTensor {
  return runner.run('Transpose', typeAnd(x, 'Tperm'), [x, runner.ints(permutation)])
}

export function slice(
  runner: OpRunner,
  x: NativeTensor,
  begin: readonly number[],
  size: readonly number[],
): NativeTensor {
  const wholeRows = size.every((length, axis) => axis === 0 || length === -1 || length === x.shape[axis])
  const start = begin[0] ?? 0
  const count = size[0] === -1 ? (x.shape[0] ?? 0) - start : (size[0] ?? 0)
  const source = wholeRows && isView(x, start, count) ? x : undefined
  return runner.run('Slice', typeAnd(x, 'Index'), [x, runner.ints(begin), runner.ints(size)], source)
}

export function concat(runner: OpRunner, tensors: readonly NativeTensor[], axis: number): NativeTensor {
  const [first] = tensors
  if (first !== undefined && tensors.length === 1) return identity(runner, first)
  const type = first?.tensorflowType ?? tensorflowTypes.float32
  const attributes = attributesOf(`ConcatV2${type},${tensors.length}`, () => [
    intAttribute('N', tensors.length),
    typeAttribute('T', type),
    typeAttribute('Tidx', int32),
  ])
  return runner.run('ConcatV2', attributes, [...tensors, runner.int(axis)])
}

export function split(
  runner: OpRunner,
  x: NativeTensor,
  sizes: readonly number[],
  axis: number,
): NativeTensor[] {
  const attributes = attributesOf(`SplitV${x.tensorflowType},${sizes.length}`, () => [
    intAttribute('num_split', sizes.length),
    typeAttribute('T', x.tensorflowType),
    typeAttribute('Tlen', int32),
  ])
  const isRowSplit = axis === 0 && x.shape.length > 1 && isView(x, 0, 0)
  const buffers = isRowSplit ? sizes.map(() => x.buffer) : []
  return runner.runMany(
    'SplitV',
    attributes,
    [x, runner.ints(sizes), runner.int(axis)],
    sizes.length,
    buffers,
  )
}

export function pad(
  runner: OpRunner,
  x: NativeTensor,
  paddings: readonly (readonly [number, number])[],
): NativeTensor {
  return runner.run('Pad', typeAnd(x, 'Tpaddings'), [x, runner.intRows(paddings.flat(), 2)])
}

/** The same bytes as another dtype; a size difference is made up by the last axis. */
export function bitcast(runner: OpRunner, x: NativeTensor, type: number): NativeTensor {
  const attributes = attributesOf(`Bitcast${x.tensorflowType},${type}`, () => [
    typeAttribute('T', x.tensorflowType),
    typeAttribute('type', type),
  ])
  return runner.run('Bitcast', attributes, [x], x)
}

/** The attributes of an operation that takes a tensor and an int32 vector. */
function typeAnd(x: NativeTensor, indexAttribute: string): ReturnType<typeof attributesOf> {
  return attributesOf(`${indexAttribute}${x.tensorflowType}`, () => [
    typeAttribute('T', x.tensorflowType),
    typeAttribute(indexAttribute, int32),
  ])
}

/** Whether TensorFlow makes a part of these rows a view instead of a copy. */
function isView(x: NativeTensor, start: number, count: number): boolean {
  const [rows = 0, ...inner] = x.shape
  if (rows === 0) return false
  if (inner.length > 0) return (product(inner) * x.elementBytes) % viewAlignmentBytes === 0
  return [start, count].every((elements) => (elements * x.elementBytes) % viewAlignmentBytes === 0)
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1)
}
