import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { oraclePython } from '../../test-data.fixture.js'
import type { Ops, Tensor } from '../ops.js'
import { loadBinding, type NativeBinding } from './binding.js'
import { NativeOps } from './native-ops.js'
import { setUpNative } from './set-up-native.js'

function wave(count: number, step = 1.3): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.sin(index * step))
}

describe.skipIf(oraclePython === undefined)('NativeOps', () => {
  let binding: NativeBinding
  let ops: Ops

  beforeAll(async () => {
    const { folder } = await setUpNative(oraclePython === undefined ? {} : { python: oraclePython })
    binding = loadBinding(folder)
    ops = new NativeOps(binding, { recordAtCall: 1 })
  })

  afterAll(() => {
    ops.dispose()
    expect(binding.getNumOfTensors()).toBe(0)
  })

  test('upload copies: a later write to the array does not reach the tensor', async () => {
    const data = Float32Array.of(1, 2)
    const tensor = ops.upload(data, [2])
    data[0] = 9
    expect([...(await ops.read(tensor))]).toEqual([1, 2])
    ops.free(tensor)
  })

  test('16-bit floats and bytes keep their values', async () => {
    const bits = Uint16Array.of(0x3f80, 0xc000)
    const bfloat16 = ops.upload(bits, [2], 'bfloat16')
    const bytes = ops.upload(Uint8Array.of(0, 255), [2])
    expect([...(await ops.read(bfloat16))]).toEqual([1, -2])
    expect([...(await ops.read(bytes))]).toEqual([0, 255])
    expect(bfloat16.dtype).toBe('bfloat16')
    ops.free(bfloat16, bytes)
  })

  test('counts memory of views once', () => {
    const before = ops.memory().bytes
    ops.scope(() => {
      const x = ops.upload(wave(32 * 16), [32, 16])
      const afterUpload = ops.memory().bytes
      expect(afterUpload - before).toBe(2048)
      ops.reshape(x, [-1])
      ops.slice(x, [4, 0], [8, -1])
      ops.split(x, [16, 16], 0)
      expect(ops.memory().bytes).toBe(afterUpload)
      ops.free(x)
      expect(ops.memory().bytes).toBe(afterUpload)
      ops.slice(ops.upload(wave(30), [5, 6]), [1, 0], [2, -1])
      expect(ops.memory().bytes).toBe(afterUpload + 120 + 48)
    })
    expect(ops.memory().bytes).toBe(before)
  })

  test('a result that does not fit is OUT_OF_MEMORY, and the process goes on', () => {
    expect(() => ops.full([1 << 20, 1 << 20], 1)).toThrow(expect.objectContaining({ code: 'OUT_OF_MEMORY' }))
    ops.free(ops.full([2], 1))
  })

  test('shape mismatches and freed handles are INTERNAL and name the operation', () => {
    ops.scope(() => {
      const [a, b] = [ops.full([2], 1), ops.full([3], 1)]
      expect(() => ops.add(a, b)).toThrow(/TensorFlow AddV2 refused float32\[2\] float32\[3\]/)
      ops.free(b)
      expect(() => ops.add(a, b)).toThrow('input 1 of AddV2 must be a live tensor')
    })
  })

  test('the slower forms of operations compute the same', async () => {
    const forms = {
      probes: { bfloat16: {}, float16: {}, uint8: {} },
      oneDnnSoftmax: false,
      complexRotary: false,
      euclideanNorm: false,
      fewRows: false,
      manyRows: false,
    } as const
    const plain = new NativeOps(binding, { forms })
    const compute = async (on: Ops): Promise<number[][]> => {
      const tensors = on.scope(() => {
        const x = on.upload(wave(2 * 1 * 3 * 4), [2, 1, 3, 4])
        const table = on.rotaryTable(wave(6, 0.7), [3, 2], 0.5)
        return [
          on.softmax(x),
          on.euclideanNorm(x),
          on.rotary(x, table),
          on.rotary(x, table, { inverse: true }),
        ]
      })
      const values = await Promise.all(tensors.map(async (tensor) => [...(await on.read(tensor))]))
      on.free(...tensors)
      return values
    }
    const [fast, slow] = [await compute(ops), await compute(plain)]
    for (const [i, values] of fast.entries()) {
      for (const [j, value] of values.entries()) expect(slow[i]?.[j]).toBeCloseTo(value, 6)
    }
    plain.dispose()
  })
})

describe.skipIf(oraclePython === undefined).each(['none', 'xla'] as const)(
  'NativeOps.trace, compiler %s',
  (compiler) => {
    let binding: NativeBinding
    let ops: Ops

    beforeAll(async () => {
      const { folder } = await setUpNative(oraclePython === undefined ? {} : { python: oraclePython })
      binding = loadBinding(folder)
      ops = new NativeOps(binding, { recordAtCall: 1, compiler })
    })

    afterAll(() => {
      ops.dispose()
    })

    /** Touches every kind of node: constants of all dtypes, many outputs, views, oneDNN's softmax, complex numbers. */
    function everything([x, table]: readonly Tensor[]): Tensor[] {
      if (x === undefined || table === undefined) throw new Error('two inputs')
      return ops.scope(() => {
        const rotation = ops.rotaryTable(wave(6, 0.7), [3, 2], 0.5)
        const turned = ops.rotary(x, rotation) // [2, 1, 3, 4]
        const weights = ops.softmax(ops.scale(turned, 2))
        const rows = ops.reshape(weights, [6, 4])
        const [left, right] = ops.split(rows, [1, 3], 1) as [Tensor, Tensor]
        const half = ops.cast(ops.addScalar(ops.cast(right, 'bfloat16'), 1), 'float32')
        const picked = ops.gather(table, ops.upload(Int32Array.of(2, 0, 1), [3]))
        const { loss, probabilities } = ops.crossEntropy(
          rows,
          ops.upload(Int32Array.of(0, 1, 2, 3, 0, 1), [6]),
        )
        return [
          left,
          half,
          picked,
          loss,
          probabilities,
          ops.pad(rows, [
            [0, 1],
            [2, 0],
          ]),
          x,
        ]
      })
    }

    async function run(
      fn: (inputs: readonly Tensor[]) => readonly Tensor[],
      seed: number,
    ): Promise<number[][]> {
      const inputs = [ops.upload(wave(24, seed), [2, 1, 3, 4]), ops.upload(wave(15, seed + 1), [3, 5])]
      const results = ops.scope(() => fn(inputs))
      const values = await Promise.all(results.map(async (tensor) => [...(await ops.read(tensor))]))
      ops.free(...inputs, ...results)
      return values
    }

    test('a replay equals the eager run, on other values, and leaks nothing', async () => {
      const traced = ops.trace('everything', everything)
      await run(traced, 0.3)
      const before = ops.memory()
      for (const seed of [0.3, 0.9, 1.7]) {
        const [replayed, eager] = [await run(traced, seed), await run(everything, seed)]
        // XLA does not round to 16 bits between operations it fuses.
        expect(replayed.map((values) => values.length)).toEqual(eager.map((values) => values.length))
        for (const [i, values] of eager.entries()) {
          for (const [j, value] of values.entries())
            expect(replayed[i]?.[j]).toBeCloseTo(value, compiler === 'xla' ? 2 : 6)
        }
      }
      expect(ops.memory().tensors).toBe(before.tensors)
      expect(ops.memory().bytes).toBe(before.bytes)
    })

    test('runs the function once per shape', () => {
      let runs = 0
      const traced = ops.trace('doubled', ([x]) => {
        runs++
        return x === undefined ? [] : [ops.add(x, x)]
      })
      ops.scope(() => {
        for (const shape of [[4], [4], [2, 2], [4], [2, 2]]) traced([ops.full(shape, 1)])
      })
      expect(runs).toBe(2)
    })

    test('records only what is called often enough', () => {
      const patient = new NativeOps(binding, { recordAtCall: 3 })
      let runs = 0
      const traced = patient.trace('patient', ([x]) => {
        runs++
        return x === undefined ? [] : [patient.square(x)]
      })
      patient.scope(() => {
        for (let call = 0; call < 6; call++) traced([patient.full([2], call)])
      })
      expect(runs).toBe(3)
      patient.dispose()
    })

    test('records again when one handle stands for two inputs', async () => {
      const traced = ops.trace('difference', ([a, b]) => (a && b ? [ops.sub(a, b)] : []))
      const [a, b] = [ops.full([1], 5), ops.full([1], 3)]
      const results = ops.scope(() => [traced([a, a]), traced([a, b]), traced([a, a])].flat())
      expect(await Promise.all(results.map(async (tensor) => (await ops.read(tensor))[0]))).toEqual([0, 2, 0])
      ops.free(a, b, ...results)
    })

    test('results belong to the open scope, kept inside or not', () => {
      const before = ops.memory().tensors
      const traced = ops.trace('kept', ([x]) => (x ? [ops.keep(ops.square(x))] : []))
      for (let call = 0; call < 3; call++) {
        ops.scope(() => {
          traced([ops.full([2], 3)])
        })
      }
      expect(ops.memory().tensors).toBe(before)
    })

    test('a captured handle is refused by name, and tracing works afterwards', () => {
      ops.scope(() => {
        const captured = ops.full([2, 3], 1)
        const traced = ops.trace('captures', ([x]) => (x ? [ops.add(x, captured)] : []))
        expect(() => traced([ops.full([2, 3], 1)])).toThrow(
          /traced function captures .* AddV2 got another float32\[2,3\]/,
        )
        const fine = ops.trace('fine', ([x]) => (x ? [ops.square(x)] : []))
        fine([captured])
        expect(fine([captured])).toHaveLength(1)
      })
    })

    test('a traced function inside another becomes part of it', async () => {
      const inner = ops.trace('inner', ([x]) => (x ? [ops.addScalar(x, 1)] : []))
      const outer = ops.trace('outer', (inputs) => inner(inner(inputs)))
      for (let call = 0; call < 2; call++) {
        const [result] = ops.scope(() => outer([ops.full([1], 1)]))
        expect([...(await ops.read(result as Tensor))]).toEqual([3])
        ops.free(result)
      }
    })
  },
)
