import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { Random } from '../tensors/random.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { oraclePython, testData } from '../test-data.fixture.js'
import { type ApplyLoraOptions, applyLora } from './apply-lora.js'
import { loadAdapter } from './load-adapter.js'
import { expectLogits, runPeft } from './peft-peer.fixture.js'
import { saveAdapter } from './save-adapter.js'

const base = testData('models/stories260K')
const skipped = oraclePython === undefined || base === undefined
const ids = [1, 410, 38, 38, 473, 425, 411, 356, 417, 289, 467, 13, 455]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'medtune-peft-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each<ApplyLoraOptions>([
  { r: 16 },
  { r: 8, loraAlpha: 32, useRslora: true, targetModules: ['q_proj', 'k_proj', 'up_proj'] },
  {
    r: 4,
    targetModules: '.*layers\\.[13]\\..*(q|down)_proj',
    rankPattern: { q_proj: 2 },
    alphaPattern: { down_proj: 5 },
  },
  {
    r: 4,
    targetModules: ['q_proj', 'up_proj'],
    layersToTransform: [1, 3],
    useRslora: true,
    rankPattern: { up_proj: 8 },
  },
  { r: 4, targetModules: ['v_proj'], modulesToSave: ['norm', 'post_attention_layernorm'] },
])('an adapter of ours with %o', (options) => {
  test.skipIf(skipped)('loads in PEFT with nothing missing and gives equal logits', async () => {
    const adapter = path.join(folder, JSON.stringify(options).replace(/\W+/g, '-'))
    const model = await loadCausalLM(base ?? '', { backend: 'cpu' })
    const random = new Random(4)
    applyLora(model, options)
    for (const parameter of model.parameters()) {
      if (!parameter.trainable || parameter.path.includes('lora_A')) continue
      const data = (await model.ops.read(parameter.value)).map((value) => value + random.normal(0, 0.3))
      model.ops.free(parameter.value)
      parameter.value = model.ops.keep(model.ops.upload(data, parameter.value.shape))
    }
    await saveAdapter(model, adapter)
    const { missing, unexpected, logits } = runPeft({ task: 'load', base: base ?? '', adapter, ids })
    expect({ missing, unexpected }).toEqual({ missing: [], unexpected: [] })
    await expectLogits(model, ids, logits)
    model.dispose()
  })
})

describe.each([
  { r: 8, lora_alpha: 16, target_modules: 'all-linear' },
  {
    r: 4,
    lora_alpha: 8,
    use_rslora: true,
    target_modules: ['q_proj', 'v_proj'],
    rank_pattern: { 'layers.0.self_attn.q_proj': 2 },
  },
])('an adapter of PEFT with %o', (config) => {
  test.skipIf(skipped)('loads here and gives equal logits on every backend', async () => {
    const adapter = path.join(folder, `peft-${config.r}`)
    const { logits } = runPeft({ task: 'make', base: base ?? '', adapter, ids, config })
    for (const backend of startedBackends) {
      const model = await loadCausalLM(base ?? '', { backend })
      await loadAdapter(model, adapter)
      await expectLogits(model, ids, logits)
      model.dispose()
    }
  })
})
