import { describe, expect, test } from 'vitest'
import { useBackend } from '../tensors/backend.js'
import { relativeError } from '../tensors/fused/gradient-check.fixture.js'
import type { Ops } from '../tensors/ops.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import type { CausalLM, GradientOptions, TokenBatch } from './causal-lm.js'
import { createCausalLM } from './create-causal-lm.js'
import type { Parameter } from './parameter.js'
import { familyConfigs, tinyConfig } from './tiny-config.fixture.js'

const batch: TokenBatch = {
  inputIds: Int32Array.of(1, 5, 3, 9, 4, 2, 1, 7, 7, 0, 6, 2),
  labels: Int32Array.of(-100, -100, 3, 9, 4, 2, -100, 7, 7, -100, 6, -100),
  batchSize: 2,
  length: 6,
}
const labelCount = 7

/** Gradients of a micro-batch on the host, by path. */
async function gradientsOf(
  model: CausalLM,
  options: Partial<GradientOptions> = {},
): Promise<{ gradients: Map<string, Float32Array>; lossSum: number }> {
  const handles = new Map<Parameter, Parameter['value']>()
  const { lossSum } = await model.lossAndGradients(batch, {
    lossDivisor: labelCount,
    gradientCheckpointing: false,
    sink: (parameter, gradient) => {
      expect(handles.has(parameter)).toBe(false)
      handles.set(parameter, model.ops.keep(gradient))
    },
    ...options,
  })
  const gradients = new Map<string, Float32Array>()
  for (const [{ path, value }, handle] of handles) {
    expect(handle.shape).toEqual(value.shape)
    gradients.set(path, await model.ops.read(handle))
    model.ops.free(handle)
  }
  return { gradients, lossSum }
}

function rowsOf(data: Int32Array): number[][] {
  const { batchSize, length } = batch
  return Array.from({ length: batchSize }, (_, row) => [...data.subarray(row * length, (row + 1) * length)])
}

/** Central difference, of fourth order, of the mean loss in one element of a parameter. */
async function difference(model: CausalLM, parameter: Parameter, index: number): Promise<number> {
  const step = 2e-3
  const { ops } = model
  const original = parameter.value
  const values = await ops.read(original)
  const lossAt = async (value: number): Promise<number> => {
    const moved = Float32Array.from(values)
    moved[index] = value
    parameter.value = ops.upload(moved, original.shape)
    try {
      return await model.loss(rowsOf(batch.inputIds), rowsOf(batch.labels))
    } finally {
      ops.free(parameter.value)
      parameter.value = original
    }
  }
  const value = values[index] ?? 0
  const around = async (by: number): Promise<number> =>
    (await lossAt(value + by)) - (await lossAt(value - by))
  return (8 * (await around(step)) - (await around(2 * step))) / (12 * step)
}

function withModel(
  name: Parameters<typeof useBackend>[0],
  changes: Record<string, unknown>,
  body: (model: CausalLM, ops: Ops) => Promise<void>,
): Promise<void> {
  return withModelOf(name, { ...tinyConfig, ...changes }, body)
}

async function withModelOf(
  name: Parameters<typeof useBackend>[0],
  config: Readonly<Record<string, unknown>>,
  body: (model: CausalLM, ops: Ops) => Promise<void>,
): Promise<void> {
  const { ops } = await useBackend(name)
  const before = ops.memory().tensors
  const model = await createCausalLM(config, { seed: 5 })
  await body(model, ops)
  model.dispose()
  expect(ops.memory().tensors).toBe(before)
}

describe.each(startedBackends)('decoder on %s', (name) => {
  test.each([
    ...Object.entries(familyConfigs),
    ['tied', { ...tinyConfig, tie_word_embeddings: true, attention_bias: false, mlp_bias: false }] as const,
  ])('gradients of all parameters are those of finite differences (%s)', async (_family, config) => {
    await withModelOf(name, config, async (model) => {
      const { gradients, lossSum } = await gradientsOf(model)
      expect(lossSum / labelCount).toBeCloseTo(
        await model.loss(rowsOf(batch.inputIds), rowsOf(batch.labels)),
        5,
      )
      expect([...gradients.keys()].sort()).toEqual(
        model
          .parameters()
          .map(({ path }) => path)
          .sort(),
      )
      const largest = Math.max(...[...gradients.values()].flatMap((values) => [...values.map(Math.abs)]))
      for (const parameter of model.parameters()) {
        const gradient = gradients.get(parameter.path) ?? new Float32Array()
        // The element with the largest gradient says most about the whole.
        const sizes = gradient.map(Math.abs)
        const index = sizes.indexOf(Math.max(...sizes))
        const expected = await difference(model, parameter, index)
        expect(Math.abs((gradient[index] ?? 0) - expected), parameter.path).toBeLessThan(largest * 2e-3)
      }
    })
  })

  test('checkpointing gives equal gradients', async () => {
    await withModel(name, {}, async (model) => {
      const plain = await gradientsOf(model)
      const checkpointed = await gradientsOf(model, { gradientCheckpointing: true })
      expect(checkpointed.lossSum).toBe(plain.lossSum)
      for (const [path, gradient] of plain.gradients) {
        expect(relativeError(checkpointed.gradients.get(path) ?? new Float32Array(), gradient)).toBeLessThan(
          1e-5,
        )
      }
    })
  })

  test('a step repeated gives equal gradients: once a backend replays recorded layers, too', async () => {
    await withModel(name, {}, async (model) => {
      for (const gradientCheckpointing of [false, true]) {
        const first = await gradientsOf(model, { gradientCheckpointing })
        for (let repeat = 0; repeat < 6; repeat++) {
          const again = await gradientsOf(model, { gradientCheckpointing })
          expect(again.lossSum).toBeCloseTo(first.lossSum, 4)
          for (const [path, gradient] of first.gradients) {
            expect(relativeError(again.gradients.get(path) ?? new Float32Array(), gradient)).toBeLessThan(
              1e-5,
            )
          }
        }
      }
    })
  })

  test('frozen parameters get no gradient, and what is trained gets the same one', async () => {
    await withModel(name, { tie_word_embeddings: true }, async (model) => {
      const all = (await gradientsOf(model)).gradients
      const chosen = ['model.layers.1.self_attn.v_proj.weight', 'model.layers.1.input_layernorm.weight']
      for (const parameter of model.parameters()) parameter.trainable = chosen.includes(parameter.path)
      for (const gradientCheckpointing of [false, true]) {
        const { gradients } = await gradientsOf(model, { gradientCheckpointing })
        expect([...gradients.keys()].sort()).toEqual([...chosen].sort())
        for (const [path, gradient] of gradients) {
          expect(relativeError(gradient, all.get(path) ?? new Float32Array())).toBeLessThan(1e-5)
        }
      }
    })
  })

  test('a micro-batch without labels gives no loss and no gradient', async () => {
    await withModel(name, {}, async (model) => {
      const labels = new Int32Array(12).fill(-100)
      const sink = (): void => expect.fail('no gradient was expected')
      const result = await model.lossAndGradients(
        { ...batch, labels },
        { lossDivisor: 1, gradientCheckpointing: false, sink },
      )
      expect(result).toEqual({ lossSum: 0, labelCount: 0 })
    })
  })

  test.each(Object.entries(familyConfigs))(
    'decoding beyond window, room and short rotation gives the logits of whole rows (%s)',
    async (_family, config) => {
      const long = { ...config, max_position_embeddings: 128 }
      await withModelOf(name, long, async (model) => {
        const ids = Array.from({ length: 70 }, (_, i) => (i * i + 3 * i) % 11)
        const cache = model.createCache()
        for (let length = 3; length <= ids.length; length += length === 3 ? 4 : 1) {
          const logits = await model.decode(ids.slice(cache.length, length), cache)
          if (length > 10 && length < 62) continue
          // Each length for itself: the rotation of a whole row may depend on how long it is.
          const { data } = await model.logits([ids.slice(0, length)])
          const last = data.subarray((length - 1) * 11)
          expect(relativeError(logits, last), `${length} tokens`).toBeLessThan(1e-4)
        }
        cache.dispose()
      })
    },
  )

  test('decoding token by token gives the logits of the whole row', async () => {
    await withModel(name, {}, async (model) => {
      const ids = [1, 5, 3, 9, 4, 2]
      const { data, shape } = await model.logits([ids])
      expect(shape).toEqual([1, 6, 11])
      for (const prompt of [1, 3]) {
        const cache = model.createCache()
        let logits = await model.decode(ids.slice(0, prompt), cache)
        for (let position = prompt; position < ids.length; position++) {
          expect(relativeError(logits, data.subarray((position - 1) * 11, position * 11))).toBeLessThan(1e-4)
          logits = await model.decode(ids.slice(position, position + 1), cache)
        }
        expect(relativeError(logits, data.subarray(5 * 11))).toBeLessThan(1e-4)
        expect(cache.length).toBe(6)
        const [grown, two] = [await model.decode([7, 8], cache), await model.logits([[...ids, 7, 8]])]
        expect(relativeError(grown, two.data.subarray(7 * 11))).toBeLessThan(1e-4)
        cache.dispose()
      }
    })
  })

  test('losses of single labels, and continuations of one cache, are those of the whole row', async () => {
    await withModel(name, {}, async (model) => {
      const ids = [1, 5, 3, 9]
      const { data } = await model.logits([ids])
      const logProbability = (position: number, label: number): number => {
        const row = [...data.subarray(position * 11, (position + 1) * 11)]
        return (row[label] ?? 0) - Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0))
      }
      const targets = { rows: Int32Array.of(3, 3, 1, 3), labels: Int32Array.of(4, 0, 3, 10) }
      const losses = await model.labelLosses([ids], targets)
      targets.rows.forEach((row, i) => {
        expect(-(losses[i] ?? 0)).toBeCloseTo(logProbability(row, targets.labels[i] ?? 0), 4)
      })
      const cache = model.createCache()
      await model.decode(ids.slice(0, 2), cache)
      for (let repeat = 0; repeat < 2; repeat++) {
        expect(relativeError(await model.peek(ids.slice(2), cache), data.subarray(2 * 11))).toBeLessThan(1e-4)
        expect(cache.length).toBe(2)
      }
      expect(relativeError(await model.decode(ids.slice(2), cache), data.subarray(3 * 11))).toBeLessThan(1e-4)
      cache.dispose()
      const wrong = { rows: Int32Array.of(4), labels: Int32Array.of(0) }
      await expect(model.labelLosses([ids], wrong)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    })
  })

  test('attention weights are causal and sum to one', async () => {
    await withModel(name, {}, async (model) => {
      const [first, second] = await model.attentions(rowsOf(batch.inputIds), [1, 0])
      expect([first?.layer, second?.layer]).toEqual([1, 0])
      expect(first?.shape).toEqual([2, 4, 6, 6])
      const row = first?.data.subarray(6 * 6 + 2 * 6, 6 * 6 + 3 * 6) ?? [] // row 0, head 1, query 2
      expect([...row].slice(3)).toEqual([0, 0, 0])
      expect([...row].reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
    })
  })

  test('ids outside the vocabulary and uneven rows are refused', async () => {
    await withModel(name, {}, async (model) => {
      await expect(model.logits([[1, 11]])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      await expect(model.logits([[1, 2], [3]])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      await expect(model.logits([])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      await expect(model.loss([[1, 2]], [[-100, 12]])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      await expect(model.loss([[1, 2]], [[3, -100]])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    })
  })
})
