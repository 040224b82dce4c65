import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MedtuneError } from '../errors.js'
import { Random } from '../tensors/random.js'
import { openSafetensors } from '../tensors/safetensors.js'
import { type SafetensorsEntry, writeSafetensors } from '../tensors/safetensors-writer.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { createCausalLM } from './create-causal-lm.js'
import { loadCausalLM } from './load-causal-lm.js'
import { saveCausalLM } from './save-causal-lm.js'
import { tinyConfig } from './tiny-config.fixture.js'

const [backend] = startedBackends
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'medtune-load-'))
})

afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

/** The text cut off, with one character changed, or with one value replaced by another kind of value. */
function damaged(text: string, random: Random): string {
  const at = random.integer(text.length)
  const kind = random.integer(3)
  if (kind === 0) return text.slice(0, at)
  if (kind === 1)
    return `${text.slice(0, at)}${String.fromCharCode(32 + random.integer(90))}${text.slice(at + 1)}`
  const keys = Object.keys(tinyConfig)
  const values = [-1, 0, 1.5, 1e12, 'text', [], {}, true, null]
  const key = keys[random.integer(keys.length)] ?? ''
  return JSON.stringify({ ...tinyConfig, [key]: values[random.integer(values.length)] })
}

/** A saved tiny model, with its entries and configuration changed first. */
async function savedModel(
  name: string,
  changeEntries: (entries: SafetensorsEntry[]) => SafetensorsEntry[] = (entries) => entries,
  configText = JSON.stringify(tinyConfig),
): Promise<string> {
  const folder = path.join(directory, name)
  const model = await createCausalLM(tinyConfig, { seed: 3, ...(backend === undefined ? {} : { backend }) })
  await saveCausalLM(model, folder)
  model.dispose()
  const file = await openSafetensors(path.join(folder, 'model.safetensors'))
  const entries: SafetensorsEntry[] = []
  for (const tensor of file.names) {
    const { data, shape } = await file.readFloat32(tensor)
    entries.push({ name: tensor, dtype: 'F32', shape, data })
  }
  await file.close()
  await writeSafetensors(path.join(folder, 'model.safetensors'), changeEntries(entries))
  await writeFile(path.join(folder, 'config.json'), configText)
  return folder
}

describe.each(startedBackends)('saved and loaded on %s', (name) => {
  test('a model gives the same logits, and its parameters start frozen', async () => {
    const model = await createCausalLM(tinyConfig, { seed: 3, backend: name })
    const folder = path.join(directory, `same-${name}`)
    await saveCausalLM(model, folder)
    const before = model.ops.memory().tensors
    const loaded = await loadCausalLM(folder, { backend: name })
    expect(loaded.parameters().every(({ trainable }) => !trainable)).toBe(true)
    expect(loaded.nameOrPath).toBe(folder)
    expect((await loaded.logits([[1, 5, 3]])).data).toEqual((await model.logits([[1, 5, 3]])).data)
    loaded.dispose()
    expect(model.ops.memory().tensors).toBe(before)
    model.dispose()
  })
})

describe('a model folder that cannot be loaded says why', () => {
  const loading = async (folder: string): Promise<void> => (await loadCausalLM(folder)).dispose()

  test('no such folder, no config.json, no weights', async () => {
    const missing = path.join(directory, 'absent')
    await expect(loading(missing)).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining('does not exist'),
    })
    await expect(loading(tmpdir())).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
    const folder = await savedModel('no-weights')
    await rm(path.join(folder, 'model.safetensors'))
    await expect(loading(folder)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
  })

  test('a missing, an extra and a misshapen tensor', async () => {
    const missing = await savedModel('missing', (entries) =>
      entries.filter(({ name }) => name !== 'lm_head.weight'),
    )
    await expect(loading(missing)).rejects.toMatchObject({
      code: 'INVALID_SAFETENSORS',
      message: expect.stringContaining('lm_head.weight'),
    })
    const extra = await savedModel('extra', (entries) => [
      ...entries,
      { name: 'score.weight', dtype: 'F32', shape: [1], data: new Float32Array(1) },
    ])
    await expect(loading(extra)).rejects.toMatchObject({
      code: 'INVALID_SAFETENSORS',
      message: expect.stringContaining('score.weight'),
    })
    const misshapen = await savedModel('misshapen', (entries) =>
      entries.map((entry) => (entry.name === 'model.norm.weight' ? { ...entry, shape: [2, 4] } : entry)),
    )
    await expect(loading(misshapen)).rejects.toMatchObject({
      code: 'INVALID_SAFETENSORS',
      message: expect.stringContaining('model.norm.weight as [8]'),
    })
  })

  test('config.json that is not JSON, and options that no backend fulfils', async () => {
    await expect(loading(await savedModel('cut', undefined, '{"model_type": "ll'))).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    })
    const folder = await savedModel('options')
    await expect(loadCausalLM(folder, { dtype: 'int8' as 'auto' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })

  test('a damaged config.json fails with a code or still describes the model', async () => {
    const folder = await savedModel('damaged')
    const text = JSON.stringify(tinyConfig)
    const random = new Random(11)
    const outcomes = new Map<string, number>()
    for (let mutation = 0; mutation < 120; mutation++) {
      await writeFile(path.join(folder, 'config.json'), damaged(text, random))
      const outcome = await loading(folder).then(
        () => 'loaded',
        (error: unknown) => (error instanceof MedtuneError ? error.code : `uncoded ${String(error)}`),
      )
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    const expected = ['INVALID_CONFIG', 'INVALID_SAFETENSORS', 'UNSUPPORTED_MODEL', 'loaded']
    expect([...outcomes.keys()].filter((outcome) => !expected.includes(outcome))).toEqual([])
    expect(outcomes.get('INVALID_CONFIG')).toBeGreaterThan(40)
  })

  test('rotary frequencies and a copy of a tied head, as old checkpoints store them, are left unread', async () => {
    const config = { ...tinyConfig, tie_word_embeddings: true }
    const stored = { name: 'model.layers.0.self_attn.rotary_emb.inv_freq', dtype: 'F32', shape: [1] } as const
    const folder = await savedModel(
      'old',
      (entries) => [...entries, { ...stored, data: new Float32Array(1) }],
      JSON.stringify(config),
    )
    await loading(folder)
  })
})
