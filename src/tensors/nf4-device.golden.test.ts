import { describe, expect, test } from 'vitest'
import { testData } from '../test-data.fixture.js'
import { useBackend } from './backend.js'
import { decodeOnDevice, Nf4Tables, nf4Handles, uploadNf4 } from './nf4-device.js'
import { decodeNf4, encodeNf4 } from './quantization.js'
import { readNf4 } from './quantization-checkpoint.js'
import { Random } from './random.js'
import { openSafetensors } from './safetensors.js'
import { startedBackends } from './started-backends.fixture.js'

const golden = testData('golden/nf4_golden.safetensors')

describe.each(startedBackends)('NF4 on %s', (name) => {
  test('decodes bit for bit as on the host, in every form and with tails', async () => {
    const { ops } = await useBackend(name)
    const before = ops.memory().tensors
    const tables = new Nf4Tables(ops)
    const random = new Random(3)
    for (const shape of [
      [8, 64],
      [3, 50],
      [5, 13],
      [300, 64],
    ]) {
      const values = Float32Array.from({ length: (shape[0] ?? 0) * (shape[1] ?? 0) }, () => random.normal())
      for (const dtype of ['BF16', 'F16', 'F32'] as const) {
        for (const doubleQuantization of [true, false]) {
          const tensor = encodeNf4(values, { shape, dtype, doubleQuantization })
          const onDevice = uploadNf4(ops, tensor, tables)
          const decoded = ops.keep(ops.scope(() => decodeOnDevice(ops, onDevice, 'float32')))
          expect(decoded.shape).toEqual(shape)
          expect(await ops.read(decoded)).toEqual(decodeNf4(tensor))
          ops.free(decoded, ...nf4Handles(onDevice))
        }
      }
    }
    tables.dispose()
    expect(ops.memory().tensors).toBe(before)
  })

  test('holds half a byte per value and 8 bits per block', async () => {
    const { ops } = await useBackend(name)
    const tables = new Nf4Tables(ops)
    const tensor = encodeNf4(new Float32Array(256 * 1024), { shape: [256, 1024] })
    ops.free(...nf4Handles(uploadNf4(ops, tensor, tables)))
    const before = ops.memory().bytes
    const onDevice = uploadNf4(ops, tensor, tables)
    expect((ops.memory().bytes - before) / (256 * 1024)).toBeLessThan(0.517)
    ops.free(...nf4Handles(onDevice))
    tables.dispose()
  })

  test.skipIf(golden === undefined)('decodes as bitsandbytes', async () => {
    const { ops } = await useBackend(name)
    const file = await openSafetensors(golden ?? '')
    const tables = new Nf4Tables(ops)
    for (const stored of ['bf16', 'f16', 'f32']) {
      const onDevice = uploadNf4(ops, await readNf4(file, `${stored}.weight`), tables)
      const decoded = ops.keep(ops.scope(() => decodeOnDevice(ops, onDevice, 'float32')))
      expect(await ops.read(decoded)).toEqual((await file.readFloat32(`${stored}.dequant`)).data)
      ops.free(decoded, ...nf4Handles(onDevice))
    }
    tables.dispose()
    await file.close()
  })
})
