import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { cpuBackend } from '../backends/cpu.js'

test('arrays of another realm, as a notebook cell has, upload as their type', async () => {
  const { ops } = await cpuBackend.start()
  const [floats, integers, halves] = runInNewContext(
    '[Float32Array.of(1.5, 2), Int32Array.of(3, 4), Uint16Array.of(0x3f80, 0xc040)]',
  )
  expect(Array.from(await ops.read(ops.upload(floats, [2])))).toEqual([1.5, 2])
  expect(Array.from(await ops.readInt32(ops.upload(integers, [2])))).toEqual([3, 4])
  expect(Array.from(await ops.read(ops.upload(halves, [2], 'bfloat16')))).toEqual([1, -3])
  ops.dispose()
})

test('data that is not of its dtype is refused', async () => {
  const { ops } = await cpuBackend.start()
  const refused = expect.objectContaining({ code: 'INTERNAL' })
  expect(() => ops.upload(new Float32Array(2), [2], 'int32')).toThrow(refused)
  expect(() => ops.upload(new Uint16Array(2), [2], 'float32')).toThrow(refused)
  expect(() => ops.add(ops.full([2], 1, 'int32'), ops.full([2], 1))).toThrow(refused)
  ops.dispose()
})
