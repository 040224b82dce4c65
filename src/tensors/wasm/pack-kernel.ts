import { type Code, FunctionCode, f32, f32x4, i32, ifElse, type Local, whileBelow } from './wasm-code.js'

const constant = i32.constant

/**
 * pack(source, lineStride, innerStride, lines, inner, target): lines in groups of `width`, element k of all lines of a
 * group side by side, missing lines as zeros; strides in bytes.
 */
export function packKernel(width: number): FunctionCode {
  const code = new FunctionCode(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'])
  const [source, lineStride, innerStride, lines, inner, target] = [0, 1, 2, 3, 4, 5].map((i) =>
    code.parameter(i),
  ) as [Local, Local, Local, Local, Local, Local]
  const [line, k, from, part, present, copied] = code.locals('i32', 6) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ]
  const isFull = i32.equal(present.get, constant(width))
  const copyLines = [
    k.set(constant(0)),
    whileBelow(
      k,
      inner.get,
      constant(1),
      ...Array.from({ length: width / 4 }, (_, i) =>
        f32x4.store(target.get, f32x4.load(from.get, 16 * i), 16 * i),
      ),
      from.increase(innerStride.get),
      target.increase(constant(4 * width)),
    ),
  ]
  // Four lines by four elements at a time are turned inside registers.
  const turned = code.locals('v128', 8)
  const turnLines = [
    k.set(constant(0)),
    whileBelow(
      k,
      i32.sub(inner.get, constant(3)),
      constant(4),
      ...Array.from({ length: width / 4 }, (_, group) => [
        ...part.set(i32.add(from.get, i32.mul(lineStride.get, constant(4 * group)))),
        ...turnFour(turned, part, lineStride, target, width, 16 * group),
      ]),
      from.increase(constant(16)),
      target.increase(constant(16 * width)),
    ),
  ]
  const copySingly = [
    whileBelow(
      k,
      inner.get,
      constant(1),
      part.set(from.get),
      copied.set(constant(0)),
      whileBelow(
        copied,
        constant(width),
        constant(1),
        ifElse(
          i32.less(copied.get, present.get),
          [f32.store(target.get, f32.load(part.get))],
          [f32.store(target.get, f32.constant(0))],
        ),
        part.increase(lineStride.get),
        target.increase(constant(4)),
      ),
      from.increase(innerStride.get),
    ),
  ]
  return code.emit(
    whileBelow(
      line,
      lines.get,
      constant(width),
      present.set(i32.min(i32.sub(lines.get, line.get), constant(width))),
      from.set(i32.add(source.get, i32.mul(line.get, lineStride.get))),
      k.set(constant(0)),
      ifElse(i32.and(isFull, i32.equal(lineStride.get, constant(4))), copyLines),
      ifElse(i32.and(isFull, i32.equal(innerStride.get, constant(4))), [
        ifElse(i32.equal(k.get, constant(0)), turnLines),
      ]),
      ...copySingly,
    ),
  )
}

/** Reads four elements of four lines and writes them element by element, `width` apart. */
function turnFour(
  turned: readonly Local[],
  from: Local,
  lineStride: Local,
  target: Local,
  width: number,
  offset: number,
): Code {
  const [r0, r1, r2, r3, t0, t1, t2, t3] = turned as [Local, Local, Local, Local, Local, Local, Local, Local]
  const reads = [r0, r1, r2, r3].flatMap((row, i) => [
    ...row.set(f32x4.load(from.get)),
    ...(i < 3 ? from.increase(lineStride.get) : []),
  ])
  const low = [0, 4, 1, 5]
  const high = [2, 6, 3, 7]
  const halves = [
    t0.set(f32x4.shuffle(r0.get, r1.get, low)),
    t1.set(f32x4.shuffle(r2.get, r3.get, low)),
    t2.set(f32x4.shuffle(r0.get, r1.get, high)),
    t3.set(f32x4.shuffle(r2.get, r3.get, high)),
  ]
  const writes = [
    f32x4.shuffle(t0.get, t1.get, [0, 1, 4, 5]),
    f32x4.shuffle(t0.get, t1.get, [2, 3, 6, 7]),
    f32x4.shuffle(t2.get, t3.get, [0, 1, 4, 5]),
    f32x4.shuffle(t2.get, t3.get, [2, 3, 6, 7]),
  ].map((value, k) => f32x4.store(target.get, value, 4 * width * k + offset))
  return [...reads, ...halves.flat(), ...writes.flat()]
}
