import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { relativeError } from '../tensors/fused/gradient-check.fixture.js'
import type { Tensor } from '../tensors/ops.js'
import { bfloat16Starts, inBfloat16 } from '../tensors/started-dtypes.fixture.js'
import type { CausalLM } from './causal-lm.js'
import { createCausalLM } from './create-causal-lm.js'
import { loadCausalLM } from './load-causal-lm.js'
import { loadModelOfSeed } from './model-in-form.fixture.js'
import { saveCausalLM } from './save-causal-lm.js'
import { familyConfigs, tinyConfig } from './tiny-config.fixture.js'

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

/** |a − b| / |b| */
function normError(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length)
  return Math.hypot(...a.map((value, i) => value - (b[i] ?? Number.NaN))) / Math.hypot(...b)
}

describe.skipIf(!bfloat16Starts).each(inBfloat16)('a model in $dtype on $backend', (options) => {
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

  // Differences of a loss that is rounded to 8 bits say nothing of its slope. The exact gradients of the same weights, which
  // finite differences confirm, do: each of the model's roundings is one part in 512, and some tens of them follow each other.
  test.each(Object.entries(familyConfigs))(
    'gradients of all parameters are near those of float32 (%s)',
    async (_, config) => {
      const gradients: Float32Array[][] = []
      const losses: number[] = []
      for (const dtype of ['float32', options.dtype] as const) {
        const model = await loadModelOfSeed({ config, seed: 5, dtype: 'bfloat16' }, { ...options, dtype })
        for (const parameter of model.parameters()) parameter.trainable = true
        gradients.push(await gradientsOf(model, false))
        losses.push(await model.loss([ids], [ids]))
        model.dispose()
      }
      const [exact = [], rounded = []] = gradients
      expect(Math.abs((losses[1] ?? 0) / (losses[0] ?? 0) - 1)).toBeLessThan(0.02)
      // As one vector: keys' biases have next to no gradient of their own.
      expect(
        normError(
          rounded.flatMap((values) => [...values]),
          exact.flatMap((values) => [...values]),
        ),
      ).toBeLessThan(0.05)
    },
  )

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
