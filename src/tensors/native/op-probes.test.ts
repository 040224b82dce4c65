import { describe, expect, test } from 'vitest'
import { nativeBackend } from '../backends/native.js'
import type { NativeOps } from './native-ops.js'
import { computeDtypesOf, type OpProbes, widenedOperations } from './op-probes.js'
import type { OpRunner } from './op-runner.js'

const started = await nativeBackend.start().catch(() => undefined)
const all = { MatMul: 'device', BatchMatMulV2: 'device', Cast: 'device', SplitV: 'device' } as const

test('a dtype without products is not offered, one without another operation is', () => {
  const probes: OpProbes = {
    bfloat16: { ...all, Softmax: 'float32' },
    float16: { ...all, MatMul: 'float32' },
    uint8: { Bitcast: 'device' },
  }
  expect(computeDtypesOf(probes)).toEqual(['float32', 'bfloat16'])
  expect([...widenedOperations(probes)]).toEqual(['Softmax,14'])
})

describe.skipIf(started === undefined)('probes of TensorFlow on the processor', () => {
  test('find bfloat16 complete', () => {
    expect(started?.probes?.bfloat16).toMatchObject({ ...all, Mul: 'device', GatherV2: 'device' })
    expect(started?.probes?.uint8).toMatchObject({ Bitcast: 'device', Cast: 'device' })
    expect(started?.ops.computeDtypes).toContain('bfloat16')
  })

  test('an operation that a dtype lacks runs in float32 and leaves no handle', async () => {
    const ops = started?.ops as NativeOps
    const runner = Reflect.get(ops, 'runner') as OpRunner
    const x = ops.upload(Uint16Array.of(0x3f80, 0x4000, 0x4040, 0x4080), [2, 2], 'bfloat16')
    const run = () => ops.scope(() => [ops.mul(x, x), ops.matmul(x, x), ops.softmax(x), ops.sum(x, [0])])
    const read = async () => {
      const results = run()
      expect(results.map(({ dtype }) => dtype)).toEqual(results.map(() => 'bfloat16'))
      const values: number[][] = []
      for (const result of results) values.push([...(await ops.read(result))])
      ops.free(...results)
      return values
    }
    const expected = await read()
    const before = ops.memory().tensors
    const found = runner.widened
    runner.widened = new Set(['Mul,14', 'MatMul,14', '_MklSoftmax,14', 'Softmax,14', 'Sum,14'])
    expect(await read()).toEqual(expected)
    runner.widened = found
    expect(ops.memory().tensors).toBe(before)
    ops.free(x)
  })
})
