import { expect, test } from 'vitest'
import { cpuBackend } from '../backends/cpu.js'

test('data that is not of its dtype is refused', async () => {
  const { ops } = await cpuBackend.start()
  const refused = expect.objectContaining({ code: 'INTERNAL' })
  expect(() => ops.upload(new Float32Array(2), [2], 'int32')).toThrow(refused)
  expect(() => ops.upload(new Uint16Array(2), [2], 'float32')).toThrow(refused)
  expect(() => ops.add(ops.full([2], 1, 'int32'), ops.full([2], 1))).toThrow(refused)
  ops.dispose()
})
