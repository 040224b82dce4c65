import { type Code, FunctionCode, f32, f32x4, i32, ifElse, type Local, whileBelow } from './wasm-code.js'

const constant = i32.constant

interface PackLoop {
  readonly width: number
  /** Address of the next element of the group's first line. */
  readonly from: Local
  readonly target: Local
  readonly lineStride: Local
  readonly innerStride: Local
  readonly inner: Local
  /** Elements of each line that are done. */
  readonly k: Local
  /** Lines of this group that exist. */
  readonly present: Local
  /** Address inside another line of the group. */
  readonly part: Local
}

/**
 * pack(source, lineStride, innerStride, lines, inner, target): lines in groups of `width`, element k of all lines of a
 * group side by side, missing lines as zeros; strides in bytes.
 */
export function packKernel(width: number): FunctionCode {
  const code = new FunctionCode()
  const { source, lineStride, innerStride, lines, inner, target } = code.parameters(
    'i32',
    'source',
    'lineStride',
    'innerStride',
    'lines',
    'inner',
    'target',
  )
  const { line, ...group } = code.variables('i32', 'line', 'k', 'from', 'part', 'present')
  const { k, from, present } = group
  const loop: PackLoop = { width, lineStride, innerStride, inner, target, ...group }
  const isFull = i32.equal(present.get, constant(width))
  const hasNeighbours = (stride: Local): Code => i32.and(isFull, i32.equal(stride.get, constant(4)))
  return code.emit(
    whileBelow(
      line,
      lines.get,
      constant(width),
      present.set(i32.min(i32.sub(lines.get, line.get), constant(width))),
      from.set(i32.add(source.get, i32.mul(line.get, lineStride.get))),
      k.set(constant(0)),
      ifElse(
        hasNeighbours(lineStride),
        [copyWholeLines(loop)],
        [ifElse(hasNeighbours(innerStride), [turnLines(loop, code)])],
      ),
      copySingly(loop, code),
    ),
  )
}

/** Lines that lie side by side already: element k of all of them is one run. */
function copyWholeLines({ width, from, target, innerStride, inner, k }: PackLoop): Code {
  const runs = Array.from({ length: width / 4 }, (_, i) =>
    f32x4.store(target.get, f32x4.load(from.get, 16 * i), 16 * i),
  )
  const advance = [from.increase(innerStride.get), target.increase(constant(4 * width))]
  return whileBelow(k, inner.get, constant(1), ...runs, ...advance)
}

/** Lines whose elements follow each other: four by four are turned inside registers. */
function turnLines({ width, from, target, lineStride, inner, k, part }: PackLoop, code: FunctionCode): Code {
  const turned = Array.from({ length: 8 }, () => code.variable('v128'))
  const groups = Array.from({ length: width / 4 }, (_, group) => [
    ...part.set(i32.add(from.get, i32.mul(lineStride.get, constant(4 * group)))),
    ...turnFour({ turned, from: part, lineStride, target, width, offset: 16 * group }),
  ])
  const advance = [from.increase(constant(16)), target.increase(constant(16 * width))]
  return whileBelow(k, i32.sub(inner.get, constant(3)), constant(4), ...groups, ...advance)
}

/** What is left, element by element: the end of lines, lines at any stride, and groups with missing lines. */
function copySingly(loop: PackLoop, code: FunctionCode): Code {
  const { width, from, target, lineStride, innerStride, inner, k, present, part } = loop
  const copied = code.variable('i32')
  const copyOne = [
    ifElse(
      i32.less(copied.get, present.get),
      [f32.store(target.get, f32.load(part.get))],
      [f32.store(target.get, f32.constant(0))],
    ),
    part.increase(lineStride.get),
    target.increase(constant(4)),
  ]
  return whileBelow(
    k,
    inner.get,
    constant(1),
    part.set(from.get),
    copied.set(constant(0)),
    whileBelow(copied, constant(width), constant(1), ...copyOne),
    from.increase(innerStride.get),
  )
}

interface Turn {
  /** Eight vectors to work in. */
  readonly turned: readonly Local[]
  readonly from: Local
  readonly lineStride: Local
  readonly target: Local
  readonly width: number
  readonly offset: number
}

/** Reads four elements of four lines and writes them element by element, `width` apart. */
function turnFour({ turned, from, lineStride, target, width, offset }: Turn): Code {
  const [rows, pairs] = [turned.slice(0, 4), turned.slice(4)]
  const reads = rows.flatMap((row, i) => [
    ...row.set(f32x4.load(from.get)),
    ...(i < 3 ? from.increase(lineStride.get) : []),
  ])
  const values = (locals: readonly Local[]): [Code, Code, Code, Code] =>
    locals.map((local) => local.get) as [Code, Code, Code, Code]
  const [r0, r1, r2, r3] = values(rows)
  const interleaved = [
    f32x4.shuffle(r0, r1, [0, 4, 1, 5]),
    f32x4.shuffle(r2, r3, [0, 4, 1, 5]),
    f32x4.shuffle(r0, r1, [2, 6, 3, 7]),
    f32x4.shuffle(r2, r3, [2, 6, 3, 7]),
  ].flatMap((value, i) => pairs[i]?.set(value) ?? [])
  const [low01, low23, high01, high23] = values(pairs)
  const writes = [
    f32x4.shuffle(low01, low23, [0, 1, 4, 5]),
    f32x4.shuffle(low01, low23, [2, 3, 6, 7]),
    f32x4.shuffle(high01, high23, [0, 1, 4, 5]),
    f32x4.shuffle(high01, high23, [2, 3, 6, 7]),
  ].flatMap((value, k) => f32x4.store(target.get, value, 4 * width * k + offset))
  return [...reads, ...interleaved, ...writes]
}
