import { describe, expect, test } from 'vitest'
import type { CausalLM } from '../models/causal-lm.js'
import { loadModelOfSeed } from '../models/model-in-form.fixture.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { type StartedForm, startedForms } from '../tensors/started-dtypes.fixture.js'
import { generate } from './generate.js'

const prompt = [1, 5, 3]

async function withModel(form: StartedForm, body: (model: CausalLM) => Promise<void>): Promise<void> {
  const model = await loadModelOfSeed({ config: { ...tinyConfig, eos_token_id: null }, seed: 7 }, form)
  const before = model.ops.memory().tensors
  await body(model)
  expect(model.ops.memory().tensors).toBe(before)
  model.dispose()
}

describe.each(startedForms)('generate on $backend in $dtype, 4 bits: $loadIn4bit', (form) => {
  test('greedy: each id is the most probable one after all before', async () => {
    await withModel(form, async (model) => {
      const ids = await generate(model, prompt, { maxNewTokens: 6 })
      const row = [...prompt, ...ids]
      const { data } = await model.logits([row])
      for (let position = prompt.length - 1; position < row.length - 1; position++) {
        const logits = data.slice(position * 11, (position + 1) * 11)
        const chosen = logits[row[position + 1] ?? -1] ?? Number.NaN
        // In bfloat16 the last bit of a logit depends on how many rows are computed at a time.
        const rounding = form.dtype === 'float32' ? 0 : 0.03 * Math.max(...logits.map(Math.abs))
        expect(Math.max(...logits) - chosen).toBeLessThanOrEqual(rounding)
      }
    })
  })

  test('sampling: the same seed gives the same ids, another seed others', async () => {
    await withModel(form, async (model) => {
      const sampled = (seed: number): Promise<number[]> =>
        generate(model, prompt, { maxNewTokens: 20, doSample: true, temperature: 2, seed })
      expect(await sampled(1)).toEqual(await sampled(1))
      expect(await sampled(1)).not.toEqual(await sampled(2))
    })
  })

  test('stops at any end token, which is part of the result, and streams every id', async () => {
    await withModel(form, async (model) => {
      const free = await generate(model, prompt, { maxNewTokens: 8 })
      const end = free[3] ?? 0
      const seen: (number | string)[] = []
      const streamer = { put: (id: number) => seen.push(id), end: () => seen.push('end') }
      const ids = await generate(model, prompt, { maxNewTokens: 8, eosTokenId: [end, 99], streamer })
      expect(ids).toEqual(free.slice(0, free.indexOf(end) + 1))
      expect(seen).toEqual([...ids, 'end'])
    })
  })

  test('an aborted signal stops it with INTERRUPTED and frees the cache', async () => {
    await withModel(form, async (model) => {
      const controller = new AbortController()
      const streamer = { put: () => controller.abort(), end: () => {} }
      const run = generate(model, prompt, { maxNewTokens: 50, streamer, signal: controller.signal })
      await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED' })
    })
  })

  test('an empty prompt is refused', async () => {
    await withModel(form, async (model) => {
      await expect(generate(model, [])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    })
  })
})
