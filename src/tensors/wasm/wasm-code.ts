/**
 * A small writer of WebAssembly: vector loops over tensor memory are written as expressions in TypeScript, so the
 * package needs no compiler and ships no binary that cannot be read. Only what the kernels use exists.
 *
 * @see WebAssembly Core Specification 2.0, chapter 5 (binary format)
 */
export type Code = readonly number[]

export type ValueType = 'i32' | 'f32' | 'v128'

const typeCodes: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b }

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low + 128 : low)
  } while (rest > 0)
  return bytes
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
    bytes.push(isLast ? low : low | 0x80)
    if (isLast) return bytes
  }
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content]
}

function vector(items: readonly Code[]): number[] {
  return [...unsigned(items.length), ...items.flat()]
}

/** A variable of a function under construction. */
export class Local {
  constructor(readonly index: number) {}

  get get(): Code {
    return [0x20, ...unsigned(this.index)]
  }

  set(value: Code): Code {
    return [...value, 0x21, ...unsigned(this.index)]
  }

  /** `this += value`, an integer. */
  increase(value: Code): Code {
    return this.set(i32.add(this.get, value))
  }
}

/** One function: its parameters, its variables, and the code that uses them. */
export class FunctionCode {
  private readonly types: ValueType[] = []
  private parameterCount = 0
  private body: Code = []

  /** Declares parameters, in the order of the names; before any variable. */
  parameters<Name extends string>(type: ValueType, ...names: readonly Name[]): Record<Name, Local> {
    this.parameterCount += names.length
    return this.variables(type, ...names)
  }

  /** Declares variables, which start as zero. */
  variables<Name extends string>(type: ValueType, ...names: readonly Name[]): Record<Name, Local> {
    return Object.fromEntries(names.map((name) => [name, this.variable(type)])) as Record<Name, Local>
  }

  variable(type: ValueType): Local {
    this.types.push(type)
    return new Local(this.types.length - 1)
  }

  emit(...code: readonly Code[]): this {
    this.body = [...this.body, ...code.flat()]
    return this
  }

  /** The function's entry in the type section: parameters, no result. */
  signature(): number[] {
    const parameters = this.types.slice(0, this.parameterCount)
    return [0x60, ...vector(parameters.map((type) => [typeCodes[type]])), 0]
  }

  /** The function's entry in the code section. */
  bytes(): number[] {
    const declarations = this.types.slice(this.parameterCount).map((type) => [1, typeCodes[type]])
    const content = [...vector(declarations), ...this.body, 0x0b]
    return [...unsigned(content.length), ...content]
  }
}

type Unary = (x: Code) => Code
type Binary = (a: Code, b: Code) => Code
/** The offset, in bytes, is added to the address. */
type Load = (address: Code, offset?: number) => Code
type Store = (address: Code, value: Code, offset?: number) => Code

interface IntegerCode {
  constant(value: number): Code
  readonly add: Binary
  readonly sub: Binary
  readonly mul: Binary
  readonly and: Binary
  readonly equal: Binary
  /** Signed a < b. */
  readonly less: Binary
  /** Both operands are evaluated twice. */
  readonly min: Binary
}

interface FloatCode {
  constant(value: number): Code
  readonly load: Load
  readonly store: Store
  readonly add: Binary
  readonly mul: Binary
  readonly max: Binary
  readonly sqrt: Unary
}

/** Four float32 numbers. */
interface VectorCode {
  readonly load: Load
  /** One number, repeated. */
  readonly loadSplat: Load
  /** Two numbers and two zeros. */
  readonly loadHalf: Load
  readonly store: Store
  readonly splat: Unary
  readonly add: Binary
  readonly sub: Binary
  readonly mul: Binary
  readonly max: Binary
  lane(x: Code, lane: number): Code
  replaceLane(x: Code, lane: number, value: Code): Code
  /** Lanes 0–3 are of a, 4–7 of b. */
  shuffle(a: Code, b: Code, lanes: readonly number[]): Code
}

function binary(...opcode: readonly number[]): Binary {
  return (a, b) => [...a, ...b, ...opcode]
}

function unary(...opcode: readonly number[]): Unary {
  return (x) => [...x, ...opcode]
}

function load(...opcode: readonly number[]): Load {
  return (address, offset = 0) => [...address, ...opcode, 0, ...unsigned(offset)]
}

function store(...opcode: readonly number[]): Store {
  return (address, value, offset = 0) => [...address, ...value, ...opcode, 0, ...unsigned(offset)]
}

export const i32: IntegerCode = {
  constant: (value) => [0x41, ...signed(value)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  equal: binary(0x46),
  less: binary(0x48),
  min: (a, b) => [...a, ...b, ...a, ...b, 0x48, 0x1b],
}

export const f32: FloatCode = {
  constant: (value) => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)],
  load: load(0x2a),
  store: store(0x38),
  add: binary(0x92),
  mul: binary(0x94),
  max: binary(0x97),
  sqrt: unary(0x91),
}

export const f32x4: VectorCode = {
  load: load(0xfd, 0x00),
  loadSplat: load(0xfd, 0x09),
  loadHalf: load(0xfd, 0x5d),
  store: store(0xfd, 0x0b),
  splat: unary(0xfd, 0x13),
  add: binary(0xfd, 0xe4, 0x01),
  sub: binary(0xfd, 0xe5, 0x01),
  mul: binary(0xfd, 0xe6, 0x01),
  max: binary(0xfd, 0xe9, 0x01),
  lane: (x, lane) => [...x, 0xfd, 0x1f, lane],
  replaceLane: (x, lane, value) => [...x, ...value, 0xfd, 0x20, lane],
  shuffle: (a, b, lanes) => {
    const byteLanes = lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3])
    return [...a, ...b, 0xfd, 0x0d, ...byteLanes]
  },
}

/** `for (; variable < end; variable += step) body` */
export function whileBelow(variable: Local, end: Code, step: Code, ...body: readonly Code[]): Code {
  const leave = [...i32.less(variable.get, end), 0x45, 0x0d, 1]
  return [0x02, 0x40, 0x03, 0x40, ...leave, ...body.flat(), ...variable.increase(step), 0x0c, 0, 0x0b, 0x0b]
}

export function ifElse(condition: Code, then: readonly Code[], otherwise: readonly Code[] = []): Code {
  const alternative = otherwise.length > 0 ? [0x05, ...otherwise.flat()] : []
  return [...condition, 0x04, 0x40, ...then.flat(), ...alternative, 0x0b]
}

/** Calls the function at `index` of the module. */
export function call(index: number, ...operands: readonly Code[]): Code {
  return [...operands.flat(), 0x10, ...unsigned(index)]
}

/** Limits of an imported memory that is shared between threads: from 0 pages to 65,536. */
const sharedMemory = [0x03, ...unsigned(0), ...unsigned(65536)]

/** A module of exported functions without results, on an imported shared memory (`heap.memory`). */
export function moduleBytes(functions: readonly (readonly [name: string, code: FunctionCode])[]): Uint8Array {
  const text = (value: string): number[] => [...unsigned(value.length), ...Buffer.from(value)]
  const types = functions.map(([, code]) => code.signature())
  const exported = functions.map(([name], index) => [...text(name), 0x00, ...unsigned(index)])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([[...text('heap'), ...text('memory'), 0x02, ...sharedMemory]])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(7, vector(exported)),
    ...section(10, vector(functions.map(([, code]) => code.bytes()))),
  ])
}
