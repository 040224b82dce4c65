import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { generate } from '../generation/generate.js'
import { applyLora } from '../lora/apply-lora.js'
import { loadAdapter } from '../lora/load-adapter.js'
import { saveAdapter } from '../lora/save-adapter.js'
import { unpackCase } from '../models/architectures/family-case.fixture.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import { familyConfigs } from '../models/tiny-config.fixture.js'
import { Random } from '../tensors/random.js'
import { llamaCppPython, repositoryRoot } from '../test-data.fixture.js'
import { exportGguf } from './export-gguf.js'
import { exportGgufAdapter } from './export-gguf-adapter.js'
import { writeLettersTokenizer } from './letters-tokenizer.fixture.js'
import { type LlamaCppAnswer, type LlamaCppJob, runLlamaCpp } from './llama-cpp.fixture.js'

const reference = path.join(repositoryRoot, 'data/reference/families')
const folder = mkdtempSync(path.join(tmpdir(), 'medtune-gguf-families-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What llama.cpp has no form for, and what the message must name. */
const refused: Readonly<Record<string, RegExp>> = {
  'gemma-bias': /tie_word_embeddings/,
  'gemma2-caps': /o_proj\.bias/,
  'gemma3_text-4': /o_proj\.bias/,
  'phi3-partial': /head_dim 24/,
  'qwen3-bias': /o_proj\.bias/,
}
const cases = readdirSync(reference).map((file) => path.basename(file, '.safetensors'))
/** One of each. */
const families = ['llama', 'mistral', 'phi3', 'gemma', 'gemma2', 'gemma3_text', 'qwen2', 'qwen3']
const written = cases.filter((name) => !(name in refused))

/** Longer than what longrope calls short, so that both sides take the long factors for all of it. */
const prompt = Array.from({ length: 34 }, (_, i) => (i * 4 + 5) % 41)
const count = 32

interface Expected {
  readonly name: string
  readonly logits: Float32Array
  readonly ids: readonly number[]
  readonly isHalf?: boolean
}

/** Makes the folder of a case; windows that llama.cpp's form of the family has not are made wider than the run. */
async function unpack(name: string): Promise<string> {
  const directory = await unpackCase(
    path.join(reference, `${name}.safetensors`),
    mkdtempSync(`${folder}/case-`),
  )
  const file = path.join(directory, 'config.json')
  const json = JSON.parse(readFileSync(file, 'utf8'))
  const slides = /^gemma[23]/.test(json.model_type) || json.sliding_window == null
  writeFileSync(file, JSON.stringify(slides ? json : { ...json, sliding_window: 128 }))
  writeLettersTokenizer(directory, json.vocab_size)
  return directory
}

async function compute(directory: string, name: string, adapter?: string): Promise<Expected> {
  const model = await loadCausalLM(directory, { backend: 'cpu' })
  if (adapter !== undefined) await loadAdapter(model, adapter)
  const { data: logits } = await model.logits([prompt])
  const ids = await generate(model, prompt, { maxNewTokens: count, doSample: false, eosTokenId: [] })
  model.dispose()
  return { name, logits, ids }
}

/** llama.cpp rounds GELU to float16, layer by layer; f16 files round weights, and what they are multiplied with. */
function tolerance({ name, isHalf }: Expected): number {
  if (isHalf || name.includes('layers')) return 2e-2
  return name.startsWith('gemma') ? 2e-3 : 1e-5
}

function expectEqual(answers: readonly LlamaCppAnswer[], expected: readonly Expected[]): void {
  for (const [i, one] of expected.entries()) {
    const { name, logits, ids } = one
    const found = answers[i]
    const largest = logits.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
    const difference = logits.reduce(
      (max, value, at) => Math.max(max, Math.abs(value - (found?.logits[at] ?? Number.NaN))),
      0,
    )
    expect(difference / largest, name).toBeLessThan(tolerance(one))
    expect({ name, ids: found?.ids }).toEqual({ name, ids })
  }
  expect(answers.length).toBe(expected.length)
}

test.each(Object.entries(refused))('%s is refused by name', async (name, message) => {
  const directory = await unpack(name)
  const file = path.join(folder, 'refused.gguf')
  await expect(exportGguf({ base: directory, file })).rejects.toThrow(message)
})

test.skipIf(llamaCppPython === undefined)(
  'llama.cpp computes every family as we do, with and without adapter',
  async () => {
    const jobs: LlamaCppJob[] = []
    const expected: Expected[] = []
    for (const name of written) {
      const directory = await unpack(name)
      const adapter = path.join(directory, 'adapter')
      const [model, lora] = [path.join(directory, 'f32.gguf'), path.join(directory, 'lora.gguf')]
      await exportGguf({ base: directory, file: model, quantization: 'f32' })
      await exportGgufAdapter({ base: directory, adapter, file: lora })
      jobs.push({ model, ids: prompt, count }, { model, lora, ids: prompt, count })
      const plain = await compute(directory, name)
      expected.push(plain, await compute(directory, `${name} with adapter`, adapter))
      if (!families.includes(name)) continue
      const half = path.join(directory, 'f16.gguf')
      await exportGguf({ base: directory, file: half })
      jobs.push({ model: half, ids: prompt, count })
      expected.push({ ...plain, name: `${name} in f16`, isHalf: true })
    }
    expectEqual(runLlamaCpp(jobs), expected)
  },
  120_000,
)

/** What a configuration may say beyond those cases: its model is new. */
const further: readonly (readonly [
  what: string,
  modelType: string,
  config: Readonly<Record<string, unknown>>,
])[] = [
  // llama.cpp takes a model of so many layers for the largest, with another scale of attention scores.
  ['46 layers of Gemma 2', 'gemma2', { num_hidden_layers: 46, query_pre_attn_scalar: 3 }],
  [
    '62 layers of Gemma 3',
    'gemma3_text',
    { num_hidden_layers: 62, query_pre_attn_scalar: 3, sliding_window: 16 },
  ],
  // The last of an odd number of turning values has no partner.
  ['an odd rotary size', 'phi3', { head_dim: 8, partial_rotary_factor: 0.65, rope_scaling: null }],
  [
    'short factors of longrope',
    'phi3',
    {
      ...{ head_dim: 8, original_max_position_embeddings: 256, max_position_embeddings: 1024 },
      rope_scaling: { type: 'longrope', short_factor: [1, 1.5], long_factor: [3, 9] },
    },
  ],
]

async function create(modelType: string, changes: Readonly<Record<string, unknown>>): Promise<string> {
  const directory = mkdtempSync(`${folder}/new-`)
  const sizes = { vocab_size: 41, hidden_size: 32, intermediate_size: 24, attention_bias: false }
  const config = {
    ...familyConfigs[modelType],
    ...sizes,
    tie_word_embeddings: true,
    max_position_embeddings: 128,
    ...changes,
  }
  const model = await createCausalLM(config, { seed: 6, backend: 'cpu' })
  await saveCausalLM(model, directory)
  model.dispose()
  writeLettersTokenizer(directory, 41)
  return directory
}

test.skipIf(llamaCppPython === undefined)(
  'llama.cpp computes what is rare in a family as we do',
  async () => {
    const jobs: LlamaCppJob[] = []
    const expected: Expected[] = []
    for (const [what, modelType, changes] of further) {
      const directory = await create(modelType, changes)
      const model = path.join(directory, 'f32.gguf')
      await exportGguf({ base: directory, file: model, quantization: 'f32' })
      jobs.push({ model, ids: prompt, count })
      expected.push(await compute(directory, modelType.startsWith('gemma') ? `gemma: ${what}` : what))
    }
    expectEqual(runLlamaCpp(jobs), expected)
  },
)

/** An adapter of ours on every linear layer, of other ranks for some: what is stacked in the file has parts of its own. */
async function saveOurs(directory: string): Promise<string> {
  const adapter = path.join(directory, 'ours')
  const model = await loadCausalLM(directory, { backend: 'cpu' })
  const random = new Random(4)
  const settings = { r: 3, loraAlpha: 5, rankPattern: { gate_proj: 2 }, alphaPattern: { up_proj: 9 } }
  for (const { loraB } of applyLora(model, { ...settings, targetModules: 'all-linear' }).modules.values()) {
    const data = (await model.ops.read(loraB.value)).map(() => random.normal(0, 0.2))
    model.ops.free(loraB.value)
    loraB.value = model.ops.keep(model.ops.upload(data, loraB.value.shape))
  }
  await saveAdapter(model, adapter)
  model.dispose()
  return adapter
}

test.skipIf(llamaCppPython === undefined)('adapters of stacked projections are stacked too', async () => {
  const directory = await unpack('phi3-split')
  const adapter = await saveOurs(directory)
  const [model, lora] = [path.join(directory, 'f32.gguf'), path.join(directory, 'lora.gguf')]
  await exportGguf({ base: directory, file: model, quantization: 'f32' })
  await exportGgufAdapter({ base: directory, adapter, file: lora })
  const plain = await compute(directory, 'plain')
  const adapted = await compute(directory, 'adapted', adapter)
  expect(adapted.ids).not.toEqual(plain.ids)
  expectEqual(runLlamaCpp([{ model, lora, ids: prompt, count }]), [adapted])
})
