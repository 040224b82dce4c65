import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { describeBackends } from './conformance.fixture.js'
import type { Tensor } from './ops.js'

await describeBackends('lifetimes', ({ ops }) => {
  const one = (): Tensor => ops.full([4], 1)

  test('a scope frees what it made, except its result, wherever in it', async () => {
    const before = ops.memory()
    const result = ops.scope(() => {
      const a = one()
      ops.exp(a)
      return { list: [a, ops.add(a, a)], none: undefined, count: 3 }
    })
    expect(ops.memory().tensors).toBe(before.tensors + 2)
    expect(Array.from(await ops.read(result.list[1] as Tensor))).toEqual([2, 2, 2, 2])
    ops.free(...result.list)
    expect(ops.memory().tensors).toBe(before.tensors)
    expect(ops.memory().bytes).toBe(before.bytes)
  })

  test('arrays of another realm, as a notebook cell has, upload as their type', async () => {
    const arrays = '[Float32Array.of(1.5, 2), Int32Array.of(3, 4), Uint8Array.of(5, 6)]'
    const [floats, integers, bytes] = runInNewContext(arrays)
    const uploaded = [ops.upload(floats, [2]), ops.upload(integers, [2]), ops.upload(bytes, [2])] as const
    expect(uploaded.map(({ dtype }) => dtype)).toEqual(['float32', 'int32', 'uint8'])
    expect(Array.from(await ops.read(uploaded[0]))).toEqual([1.5, 2])
    expect(Array.from(await ops.readInt32(uploaded[1]))).toEqual([3, 4])
    ops.free(...uploaded)
  })

  test('an inner result belongs to the outer scope', () => {
    const before = ops.memory().tensors
    ops.scope(() => {
      const inner = ops.scope(() => ops.add(one(), one()))
      expect(ops.memory().tensors).toBe(before + 1)
      ops.exp(inner)
    })
    expect(ops.memory().tensors).toBe(before)
  })

  test('keep outlives every scope; free twice and free of nothing are no matter', async () => {
    const before = ops.memory().tensors
    const kept = ops.scope(() => ops.scope(() => ops.keep(ops.scale(one(), 3))))
    expect(Array.from(await ops.read(kept))).toEqual([3, 3, 3, 3])
    ops.free(kept, undefined, null)
    ops.free(kept)
    expect(ops.memory().tensors).toBe(before)
  })

  test('a scope that throws frees everything made in it', () => {
    const before = ops.memory().tensors
    const failing = (): void =>
      ops.scope(() => {
        ops.scope(() => ops.add(one(), one()))
        throw new Error('stop')
      })
    expect(failing).toThrow('stop')
    expect(ops.memory().tensors).toBe(before)
  })

  test('a view and its source are freed on their own, and memory is counted once where shared', async () => {
    const before = ops.memory()
    const x = ops.upload(Float32Array.of(1, 2, 3, 4), [4])
    const alone = ops.memory().bytes
    const view = ops.reshape(x, [2, 2])
    expect(ops.memory().bytes).toBe(alone)
    ops.free(x)
    expect(Array.from(await ops.read(view))).toEqual([1, 2, 3, 4])
    expect(ops.memory().tensors).toBe(before.tensors + 1)
    ops.free(view)
    expect(ops.memory().bytes).toBe(before.bytes)
  })

  test('the peak is the highest sum of live bytes since its reset', () => {
    const { bytes } = ops.memory()
    ops.resetPeak()
    ops.scope(() => ops.free(ops.full([1000], 1)))
    expect(ops.memory().peakBytes).toBeGreaterThanOrEqual(bytes + 4000)
    ops.resetPeak()
    expect(ops.memory().peakBytes).toBe(bytes)
  })

  test('the same inputs give the same bits', async () => {
    const run = (): Promise<Float32Array> => {
      const x = ops.scope(() => {
        const a = ops.upload(
          Float32Array.from({ length: 96 * 80 }, (_, i) => Math.sin(i)),
          [96, 80],
        )
        const product = ops.matmul(a, a, { transposeB: true })
        return ops.softmax(ops.tanh(product))
      })
      return ops.read(x).finally(() => ops.free(x))
    }
    const [first, second] = [await run(), await run()]
    expect(Buffer.from(first.buffer).equals(Buffer.from(second.buffer))).toBe(true)
  })

  test('a traced function gives what the function gives, for every shape', async () => {
    const double = ops.trace('conformance-double', ([x]) => [
      ops.scope(() => ops.add(x as Tensor, x as Tensor)),
    ])
    for (const values of [
      [1, 2],
      [3, 4],
      [5, 6, 7],
    ]) {
      const x = ops.upload(Float32Array.from(values), [values.length])
      const [y] = double([x])
      expect(Array.from(await ops.read(y as Tensor))).toEqual(values.map((value) => 2 * value))
      ops.free(x, y)
    }
  })

  describe('misuse is an INTERNAL error that says what it got', () => {
    const x = (...shape: number[]): Tensor => ops.full(shape, 1)
    test.each<[string, () => unknown]>([
      ['matmul inner sizes', () => ops.matmul(x(2, 3), x(2, 3))],
      ['matmul batches', () => ops.matmul(x(2, 2, 3), x(3, 3, 2))],
      ['add shapes', () => ops.add(x(2, 3), x(2))],
      ['reshape size', () => ops.reshape(x(2, 3), [4, 2])],
      ['transpose', () => ops.transpose(x(2, 3), [0, 0])],
      ['slice outside', () => ops.slice(x(2, 3), [0, 2], [2, 2])],
      ['concat sizes', () => ops.concat([x(2, 3), x(2, 2)], 0)],
      ['split sizes', () => ops.split(x(2, 3), [1, 1], 1)],
      ['axis', () => ops.sum(x(2, 3), [2])],
      ['upload length', () => ops.upload(new Float32Array(3), [2, 2])],
      [
        'a freed handle',
        () => {
          const gone = x(2)
          ops.free(gone)
          return ops.exp(gone)
        },
      ],
    ])('%s', (_name, misuse) => {
      const before = ops.memory().tensors
      expect(() => ops.scope(() => void misuse())).toThrow(expect.objectContaining({ code: 'INTERNAL' }))
      expect(ops.memory().tensors).toBe(before)
    })
  })
})
