import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { Random } from '../tensors/random.js'
import { openSafetensors } from '../tensors/safetensors.js'
import { writeSafetensors } from '../tensors/safetensors-writer.js'
import { testData } from '../test-data.fixture.js'
import { type ApplyLoraOptions, applyLora } from './apply-lora.js'
import { loadAdapter } from './load-adapter.js'
import { adapterOf } from './lora-adapter.js'
import { mergeLora, removeLora } from './merge-lora.js'
import { saveAdapter } from './save-adapter.js'

const ids = [[1, 5, 3, 9, 4, 2, 7]]
const configFile = 'adapter_config.json'
const weightsFile = 'adapter_model.safetensors'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'medtune-adapter-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const newModel = (): Promise<CausalLM> => createCausalLM(tinyConfig, { seed: 5, backend: 'cpu' })

/** A model whose adapter changes its answers: B filled with numbers instead of zeros. */
async function adaptedModel(options: ApplyLoraOptions = {}): Promise<CausalLM> {
  const model = await newModel()
  const random = new Random(9)
  for (const { loraB } of applyLora(model, { r: 4, loraAlpha: 8, ...options }).modules.values()) {
    const data = (await model.ops.read(loraB.value)).map(() => random.normal(0, 0.3))
    model.ops.free(loraB.value)
    loraB.value = model.ops.keep(model.ops.upload(data, loraB.value.shape))
  }
  return model
}

async function logits(model: CausalLM): Promise<Float32Array> {
  return (await model.logits(ids)).data
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] ?? Number.NaN))), 0)
}

test('a new adapter changes nothing, is seeded by module, and freezes the base', async () => {
  const model = await newModel()
  const before = await logits(model)
  const { modules } = applyLora(model, { r: 4, targetModules: ['q_proj', 'down_proj'] })
  expect(modules.size).toBe(4)
  expect(largestDifference(await logits(model), before)).toBeLessThan(1e-6)
  const trainable = model.parameters().filter((parameter) => parameter.trainable)
  expect(trainable.map(({ path: name }) => name.split('.').slice(-2).join('.')).sort()).toEqual([
    ...Array(4).fill('lora_A.weight'),
    ...Array(4).fill('lora_B.weight'),
  ])
  const name = 'model.layers.1.self_attn.q_proj'
  const initial = await model.ops.read(modules.get(name)?.loraA.value ?? expect.fail())
  const bound = 1 / Math.sqrt(8)
  expect(Math.max(...initial.map(Math.abs))).toBeLessThanOrEqual(bound)
  expect(Math.max(...initial.map(Math.abs))).toBeGreaterThan(bound * 0.8)
  const other = await newModel()
  const again = applyLora(other, { r: 4, targetModules: 'all-linear' }).modules.get(name)
  expect(await model.ops.read(again?.loraA.value ?? expect.fail())).toEqual(initial)
  expect(() => applyLora(model)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  model.dispose()
  other.dispose()
})

describe.each<ApplyLoraOptions>([
  {},
  { targetModules: ['q_proj', 'v_proj'], useRslora: true },
  {
    targetModules: '.*layers\\.1.*(k|gate)_proj',
    rankPattern: { k_proj: 2 },
    alphaPattern: { gate_proj: 3 },
  },
])('an adapter with %o', (options) => {
  test('comes back from its files, merges, and can be taken out', async () => {
    const directory = path.join(folder, JSON.stringify(options).replace(/\W+/g, '-'))
    const model = await adaptedModel(options)
    const { ops } = model
    const adapted = await logits(model)
    await saveAdapter(model, directory)
    expect((await readdir(directory)).sort()).toEqual(['README.md', configFile, weightsFile])
    const loaded = await newModel()
    const plain = await logits(loaded)
    const { config } = await loadAdapter(loaded, directory)
    expect(config).toMatchObject({ r: 4, loraAlpha: 8, useRslora: options.useRslora ?? false })
    expect(loaded.parameters().some(({ trainable }) => trainable)).toBe(false)
    expect(largestDifference(await logits(loaded), adapted)).toBeLessThan(1e-5)
    expect(largestDifference(plain, adapted)).toBeGreaterThan(0.01)
    removeLora(loaded)
    expect(largestDifference(await logits(loaded), plain)).toBe(0)
    const handles = ops.memory().tensors
    const adapterHandles = 2 * (adapterOf(model)?.modules.size ?? 0)
    mergeLora(model)
    expect(largestDifference(await logits(model), adapted)).toBeLessThan(1e-5)
    expect(ops.memory().tensors).toBe(handles - adapterHandles)
    expect(adapterOf(model)).toBeUndefined()
    expect(() => mergeLora(model)).toThrow(/has none/)
    await expect(saveAdapter(model, directory)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    model.dispose()
    loaded.dispose()
  })
})

test('a target that cannot carry an adapter leaves the model as it was', async () => {
  const model = await newModel()
  const before = await logits(model)
  const handles = model.ops.memory().tensors
  expect(() => applyLora(model, { targetModules: ['q_proj', 'lm_head'] })).toThrow(/output head/)
  expect(adapterOf(model)).toBeUndefined()
  expect(model.ops.memory().tensors).toBe(handles)
  expect(model.parameters().every(({ trainable }) => trainable)).toBe(true)
  expect(await logits(model)).toEqual(before)
  model.dispose()
})

test('decoding keeps merged weights, and disposing of the model frees them too', async () => {
  const plain = await newModel()
  const { ops } = plain
  plain.dispose()
  const before = ops.memory().tensors
  const model = await adaptedModel()
  const handles = ops.memory().tensors
  const cache = model.createCache()
  const whole = await logits(model)
  const [row = []] = ids
  await model.decode(row.slice(0, -1), cache)
  const last = await model.decode(row.slice(-1), cache)
  expect(largestDifference(last, whole.subarray(-last.length))).toBeLessThan(1e-5)
  cache.dispose()
  expect(ops.memory().tensors).toBeGreaterThan(handles)
  model.dispose()
  expect(ops.memory().tensors).toBe(before)
})

describe('damaged or foreign adapters', () => {
  let good: string
  let model: CausalLM
  beforeAll(async () => {
    good = path.join(folder, 'good')
    const adapted = await adaptedModel()
    await saveAdapter(adapted, good)
    adapted.dispose()
    model = await newModel()
  })
  afterAll(() => model.dispose())

  async function copyOf(name: string): Promise<string> {
    const directory = path.join(folder, `damaged-${name.replace(/\W+/g, '-')}`)
    await cp(good, directory, { recursive: true })
    return directory
  }

  /** Loading must fail with a code of ours and leave the model as it was. */
  async function expectRefused(
    directory: string,
    code: string,
    message: string | RegExp = '',
  ): Promise<void> {
    const handles = model.ops.memory().tensors
    const error = await loadAdapter(model, directory).then(
      () => expect.fail('it loaded'),
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(MedtuneError)
    expect((error as MedtuneError).code).toBe(code)
    expect((error as MedtuneError).message).toMatch(message)
    expect(model.ops.memory().tensors).toBe(handles)
    expect(adapterOf(model)).toBeUndefined()
  }

  test.each([
    [{ use_dora: true }, /use_dora must be off; got true/],
    [{ modules_to_save: ['q_proj'] }, /modulesToSave must be among/],
    [{ bias: 'all' }, /bias must be "none"/],
    [{ lora_bias: true }, /lora_bias must be off/],
    [{ init_lora_weights: 'pissa' }, /init_lora_weights must be off; got "pissa"/],
    [{ some_option_of_the_future: { on: true } }, /some_option_of_the_future must be off/],
    [{ peft_type: 'IA3' }, /peft_type must be LORA; got "IA3"/],
    [{ r: null }, /r is required/],
    [{ r: '4' }, /r must be of type number; got "4"/],
    [{ r: 2 }, /lora_A.weight must have shape \[2,8\]; got \[4,8\]/],
    [{ target_modules: ['q_proj'] }, /not expected: 24, the first base_model\.model\.model\.layers\.0/],
    [{ target_modules: ['fc1'] }, /is for another model.*got fc1/],
    [{ target_modules: 5 }, /targetModules must be a list/],
    [{ lora_alpha: 0 }, /loraAlpha must be > 0/],
    [{ rank_pattern: { q_proj: 'x' } }, /rankPattern must be of type object/],
  ])('the option %o is refused', async (change, message) => {
    const directory = await copyOf(`option-${JSON.stringify(change)}`)
    const json = JSON.parse(await readFile(path.join(directory, configFile), 'utf8'))
    await writeFile(path.join(directory, configFile), JSON.stringify({ ...json, ...change }))
    await expectRefused(directory, 'INVALID_ADAPTER', message)
  })

  test('options that are switched off, in every way PEFT writes it, do no harm', async () => {
    const directory = await copyOf('off')
    const json = JSON.parse(await readFile(path.join(directory, configFile), 'utf8'))
    const off = {
      use_dora: false,
      loftq_config: {},
      exclude_modules: null,
      trainable_token_indices: [],
      peft_version: '0.21.0',
    }
    await writeFile(path.join(directory, configFile), JSON.stringify({ ...json, ...off }))
    await loadAdapter(model, directory)
    removeLora(model)
  })

  test('tensors under other names, missing, extra or of another shape are refused', async () => {
    const file = await openSafetensors(path.join(good, weightsFile))
    const entries = []
    for (const name of file.names)
      entries.push({ name, dtype: 'F32' as const, ...(await file.readFloat32(name)) })
    await file.close()
    const [first] = entries
    const variants: [string, typeof entries, RegExp][] = [
      ['missing', entries.slice(1), /missing: 1, the first base_model/],
      [
        'extra',
        [...entries, { ...(first ?? expect.fail()), name: 'base_model.model.lm_head.weight' }],
        /not expected: 1/,
      ],
      [
        'renamed',
        entries.map((entry) => ({ ...entry, name: entry.name.replace('base_model.model.', '') })),
        /missing: 28.*not expected: 28/,
      ],
      [
        'adapter-name',
        entries.map((entry) => ({ ...entry, name: entry.name.replace('.weight', '.default.weight') })),
        /missing: 28/,
      ],
      [
        'transposed',
        entries.map((entry) => ({ ...entry, shape: [...entry.shape].reverse() })),
        /must have shape/,
      ],
      ['empty', [], /missing: 28/],
    ]
    for (const [name, changed, message] of variants) {
      const directory = await copyOf(name)
      await writeSafetensors(path.join(directory, weightsFile), changed)
      await expectRefused(directory, 'INVALID_ADAPTER', message)
    }
  })

  test('a folder without an adapter names what is missing', async () => {
    await expectRefused(path.join(folder, 'nowhere'), 'MODEL_NOT_FOUND', /adapter_config.json.*medtune train/)
    const directory = await copyOf('no-weights')
    await rm(path.join(directory, weightsFile))
    await expectRefused(directory, 'MODEL_NOT_FOUND', /adapter_model.safetensors/)
  })

  test('truncated and flipped files are refused, or load as the adapter that they still are', async () => {
    const random = new Random(11)
    const directory = await copyOf('mutated')
    let refused = 0
    for (let round = 0; round < 60; round++) {
      const name = round % 2 === 0 ? configFile : weightsFile
      const bytes = await readFile(path.join(good, name))
      const end = random.integer(bytes.length)
      const isTruncated = round % 3 === 0
      // In the weights only the header can be told from noise: a flipped bit of a number is another number.
      const at = name === configFile ? end : end % Math.min(bytes.length, 2000)
      if (!isTruncated) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(8))
      await writeFile(path.join(directory, name), isTruncated ? bytes.subarray(0, end) : bytes)
      try {
        await loadAdapter(model, directory)
        removeLora(model)
      } catch (error) {
        expect(error).toBeInstanceOf(MedtuneError)
        expect((error as MedtuneError).code).toMatch(/^INVALID_(ADAPTER|SAFETENSORS)$/)
        refused++
      }
      await cp(path.join(good, name), path.join(directory, name))
    }
    expect(refused).toBeGreaterThan(40)
    expect(adapterOf(model)).toBeUndefined()
  })
})

const pretrained = testData('models/stories260K')
const writtenByPeft = testData('golden/stories260K_adapter')
test.skipIf(pretrained === undefined || writtenByPeft === undefined)(
  'an adapter that PEFT wrote loads',
  async () => {
    const model = await loadCausalLM(pretrained ?? '', { backend: 'cpu' })
    const { modules } = await loadAdapter(model, writtenByPeft ?? '')
    expect(modules.size).toBe(35)
    const directory = path.join(folder, 'peft-again')
    await saveAdapter(model, directory)
    const [theirs, ours] = [
      await openSafetensors(path.join(writtenByPeft ?? '', weightsFile)),
      await openSafetensors(path.join(directory, weightsFile)),
    ]
    expect([...ours.names].sort()).toEqual([...theirs.names].sort())
    expect(ours.metadata).toEqual(theirs.metadata)
    for (const name of theirs.names)
      expect(await ours.readFloat32(name)).toEqual(await theirs.readFloat32(name))
    expect(await readdir(directory)).toContain('tokenizer.json')
    await theirs.close()
    await ours.close()
    model.dispose()
  },
)
