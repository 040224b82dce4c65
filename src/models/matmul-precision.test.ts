import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { mergeLora } from '../lora/merge-lora.js'
import { relativeError } from '../tensors/fused/gradient-check.fixture.js'
import { bfloat16Starts, inBfloat16 } from '../tensors/started-dtypes.fixture.js'
import type { CausalLM } from './causal-lm.js'
import { createCausalLM } from './create-causal-lm.js'
import { loadCausalLM } from './load-causal-lm.js'
import { saveCausalLM } from './save-causal-lm.js'
import { tinyConfig } from './tiny-config.fixture.js'

const folder = mkdtempSync(path.join(tmpdir(), 'medtune-precision-'))
const ids = [1, 5, 3, 9, 4, 2, 7, 8]

beforeAll(async () => {
  const model = await createCausalLM(tinyConfig, { seed: 5 })
  await saveCausalLM(model, folder)
  model.dispose()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Gradients of every parameter, by path. */
async function gradientsOf(model: CausalLM): Promise<Map<string, Float32Array>> {
  const { ops } = model
  for (const parameter of model.parameters()) parameter.trainable = true
  const gradients = new Map<string, Float32Array>()
  const reads: Promise<void>[] = []
  await model.lossAndGradients(
    { inputIds: Int32Array.from(ids), labels: Int32Array.from(ids), batchSize: 1, length: ids.length },
    {
      lossDivisor: ids.length - 1,
      gradientCheckpointing: false,
      sink: ({ path: name }, gradient) => {
        expect(gradient.dtype).toBe('float32')
        const kept = ops.keep(gradient)
        reads.push(
          ops.read(kept).then((values) => {
            gradients.set(name, values)
            ops.free(kept)
          }),
        )
      },
    },
  )
  await Promise.all(reads)
  return gradients
}

describe.skipIf(!bfloat16Starts).each(inBfloat16)(
  'products of rounded operands on $backend',
  ({ backend }) => {
    test('loss and gradients of all parameters are near the exact ones', async () => {
      const exact = await loadCausalLM(folder, { backend })
      const rounding = await loadCausalLM(folder, { backend, matmulPrecision: 'high' })
      const [loss, near] = [await exact.loss([ids], [ids]), await rounding.loss([ids], [ids])]
      expect(near).not.toBe(loss)
      expect(Math.abs(near / loss - 1)).toBeLessThan(0.02)
      const [expected, found] = [await gradientsOf(exact), await gradientsOf(rounding)]
      expect(found.size).toBe(rounding.parameters().length)
      for (const [name, values] of expected) {
        expect(relativeError(found.get(name) ?? new Float32Array(), values), name).toBeLessThan(0.25)
      }
      exact.dispose()
      rounding.dispose()
    })

    test('weights, merges and single tokens are exact', async () => {
      const logits: Float32Array[] = []
      for (const matmulPrecision of ['highest', 'high'] as const) {
        const model = await loadCausalLM(folder, { backend, matmulPrecision })
        applyLora(model, { r: 2, loraAlpha: 2, targetModules: 'all-linear' })
        const cache = model.createCache()
        // Every token alone: nothing comes from a pass of many.
        for (const id of ids.slice(0, -1)) await model.decode([id], cache)
        const adapted = await model.decode(ids.slice(-1), cache)
        mergeLora(model)
        expect(model.parameters().every(({ value }) => value.dtype === 'float32')).toBe(true)
        logits.push(adapted)
        cache.dispose()
        model.dispose()
      }
      expect(relativeError(logits[1] ?? new Float32Array(), logits[0] ?? new Float32Array())).toBeLessThan(
        0.02,
      )
    })
  },
)
