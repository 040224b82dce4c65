import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { relativeError } from '../tensors/fused/gradient-check.fixture.js'
import type { Tensor } from '../tensors/ops.js'
import { startedDtypes } from '../tensors/started-dtypes.fixture.js'
import type { CausalLM } from './causal-lm.js'
import { createCausalLM } from './create-causal-lm.js'
import { loadCausalLM } from './load-causal-lm.js'
import { saveCausalLM } from './save-causal-lm.js'
import { tinyConfig } from './tiny-config.fixture.js'

const started = startedDtypes.filter(({ dtype }) => dtype === 'bfloat16')
const folder = mkdtempSync(path.join(tmpdir(), 'medtune-half-'))
const ids = Array.from({ length: 20 }, (_, i) => (i * i + 3 * i) % 11)

beforeAll(async () => {
  const model = await createCausalLM(tinyConfig, { seed: 5 })
  await saveCausalLM(model, folder)
  model.dispose()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function gradientsOf(model: CausalLM, gradientCheckpointing: boolean): Promise<Float32Array[]> {
  const { ops } = model
  const gradients: Tensor[] = []
  await model.lossAndGradients(
    { inputIds: Int32Array.from(ids), labels: Int32Array.from(ids), batchSize: 2, length: 10 },
    { lossDivisor: 18, gradientCheckpointing, sink: (_, gradient) => gradients.push(ops.keep(gradient)) },
  )
  const values: Float32Array[] = []
  for (const gradient of gradients) values.push(await ops.read(gradient))
  ops.free(...gradients)
  return values
}

describe.each(started)('a model in $dtype on $backend', (options) => {
  test('a step repeated gives equal gradients: once recorded layers are replayed, and checkpointed, too', async () => {
    const model = await loadCausalLM(folder, options)
    applyLora(model, { r: 2, loraAlpha: 4, targetModules: 'all-linear' })
    const before = model.ops.memory().tensors
    const first = await gradientsOf(model, false)
    for (let repeat = 0; repeat < 12; repeat++) {
      const again = await gradientsOf(model, repeat % 2 === 1)
      for (const [i, values] of first.entries()) {
        expect(relativeError(again[i] ?? new Float32Array(), values)).toBeLessThan(1e-5)
      }
    }
    expect(model.ops.memory().tensors).toBe(before)
    model.dispose()
  })

  test('decoding token by token gives the logits of the whole row', async () => {
    const model = await loadCausalLM(folder, options)
    const { data } = await model.logits([ids])
    const cache = model.createCache()
    for (let position = 2; position < ids.length; position++) {
      const logits = await model.decode(ids.slice(cache.length, position + 1), cache)
      const whole = data.subarray(position * 11, (position + 1) * 11)
      expect(relativeError(logits, whole), `position ${position}`).toBeLessThan(0.03)
    }
    cache.dispose()
    model.dispose()
  })
})
