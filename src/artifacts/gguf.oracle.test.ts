import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generate } from '../generation/generate.js'
import { applyLora } from '../lora/apply-lora.js'
import { loadAdapter } from '../lora/load-adapter.js'
import { saveAdapter } from '../lora/save-adapter.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { Random } from '../tensors/random.js'
import { llamaCppPython, oraclePython, testData } from '../test-data.fixture.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { exportGguf } from './export-gguf.js'
import { exportGgufAdapter } from './export-gguf-adapter.js'
import { runLlamaCpp } from './llama-cpp.fixture.js'

const base = testData('models/stories260K') ?? ''
const adapter = testData('golden/stories260K_adapter') ?? ''
const hasModel = base !== '' && adapter !== ''
const count = 32
const texts = ['Once upon a time, there was a girl.', ' two  spaces', 'olá 你好 🩺', '']

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'medtune-gguf-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function ours(
  adapterFolder: string | undefined,
): Promise<{ prompt: number[]; ids: number[]; texts: number[][] }> {
  const tokenizer = await loadTokenizer(base)
  const model = await loadCausalLM(base, { backend: 'cpu' })
  if (adapterFolder !== undefined) await loadAdapter(model, adapterFolder)
  const prompt = tokenizer.encode('Once upon a time')
  const ids = await generate(model, prompt, { maxNewTokens: count, doSample: false })
  model.dispose()
  return { prompt, ids, texts: texts.map((text) => tokenizer.encode(text)) }
}

test.skipIf(llamaCppPython === undefined || !hasModel).each([
  ['f32', false],
  ['f16', false],
  ['f16', true],
] as const)('llama.cpp reads %s (adapter folded in: %s) and gives our ids', async (quantization, adapted) => {
  const file = path.join(folder, `${quantization}-${adapted}.gguf`)
  await exportGguf({ base, file, quantization, ...(adapted ? { adapter } : {}) })
  const expected = await ours(adapted ? adapter : undefined)
  const [found] = runLlamaCpp([{ model: file, ids: expected.prompt, count, texts }])
  expect(found?.texts).toEqual(expected.texts)
  expect(expected.ids).toHaveLength(count)
  expect(found?.ids).toEqual(expected.ids)
})

/** Ranks, alphas and rslora that one alpha for the whole file cannot express. */
async function saveMixedAdapter(): Promise<string> {
  const directory = path.join(folder, 'mixed')
  const model = await loadCausalLM(base, { backend: 'cpu' })
  const random = new Random(5)
  const settings = {
    r: 4,
    loraAlpha: 8,
    useRslora: true,
    rankPattern: { q_proj: 2 },
    alphaPattern: { up_proj: 3 },
  }
  for (const { loraB } of applyLora(model, settings).modules.values()) {
    const data = (await model.ops.read(loraB.value)).map(() => random.normal(0, 0.1))
    model.ops.free(loraB.value)
    loraB.value = model.ops.keep(model.ops.upload(data, loraB.value.shape))
  }
  await saveAdapter(model, directory)
  model.dispose()
  return directory
}

test.skipIf(llamaCppPython === undefined || !hasModel).each(['trained', 'mixed'] as const)(
  'llama.cpp puts a %s adapter on the base and gives our ids',
  async (kind) => {
    const directory = kind === 'trained' ? adapter : await saveMixedAdapter()
    const model = path.join(folder, 'base.gguf')
    const lora = path.join(folder, `${kind}-adapter.gguf`)
    await exportGguf({ base, file: model, quantization: 'f32' })
    await exportGgufAdapter({ base, adapter: directory, file: lora })
    const expected = await ours(directory)
    const plain = await ours(undefined)
    expect(expected.ids).not.toEqual(plain.ids)
    const [found] = runLlamaCpp([{ model, lora, ids: expected.prompt, count, texts: [] }])
    expect(found?.ids).toEqual(expected.ids)
  },
)

test.skipIf(llamaCppPython === undefined || !hasModel)(
  'llama.cpp computes with every type of matrices',
  async () => {
    const model = await loadCausalLM(base, { backend: 'cpu' })
    const ids = (await loadTokenizer(base)).encode('Once upon a time, there was a little girl.')
    const { data } = await model.logits([ids])
    model.dispose()
    const largest = Math.max(...data.map(Math.abs))
    const limits = { f32: 1e-5, f16: 5e-3, bf16: 3e-2, q8_0: 3e-2, q4_0: 0.3 } as const
    const types = Object.keys(limits) as (keyof typeof limits)[]
    const files = types.map((quantization) => path.join(folder, `type-${quantization}.gguf`))
    for (const [i, quantization] of types.entries())
      await exportGguf({ base, file: files[i] ?? '', quantization })
    const answers = runLlamaCpp(files.map((file) => ({ model: file, ids, count: 1 })))
    for (const [i, { logits }] of answers.entries()) {
      const type = types[i] ?? 'f32'
      const difference = Math.max(...data.map((value, at) => Math.abs(value - (logits[at] ?? Number.NaN))))
      expect(difference / largest, type).toBeLessThan(limits[type])
    }
  },
)

const compare = `
import json, sys, numpy as np, gguf
from gguf import quants
from safetensors.numpy import load_file
job = json.load(sys.stdin)
reader = gguf.GGUFReader(job["file"])
weights = load_file(job["base"] + "/model.safetensors")
config = json.load(open(job["base"] + "/config.json"))
names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
tensors = {tensor.name: tensor for tensor in reader.tensors}
assert len(tensors) == len(weights), (len(tensors), len(weights))
types = {}
for path, value in weights.items():
    name = names.get_name(path, try_suffixes=(".weight", ".bias"))
    tensor = tensors[name]
    for part, heads in (("q_proj", config["num_attention_heads"]), ("k_proj", config["num_key_value_heads"])):
        if part in path:
            value = value.reshape(heads, 2, value.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(value.shape)
    expected = quants.quantize(value.astype(np.float32), tensor.tensor_type)
    stored = np.asarray(tensor.data)
    if expected.dtype == np.uint8: stored = stored.view(np.uint8)
    assert np.array_equal(stored.reshape(expected.shape), expected), path
    types[name] = tensor.tensor_type.name
fields = {}
for key, field in reader.fields.items():
    contents = field.contents()
    fields[key] = contents if not isinstance(contents, list) else len(contents)
print(json.dumps({"types": types, "fields": fields}))`

test.skipIf(oraclePython === undefined || !hasModel).each(['f32', 'f16', 'bf16', 'q8_0', 'q4_0'] as const)(
  'the gguf package reads %s and finds the bytes it would have written',
  async (quantization) => {
    const file = path.join(folder, `bytes-${quantization}.gguf`)
    await exportGguf({ base, file, quantization })
    const output = execFileSync(oraclePython ?? '', ['-c', compare], {
      input: JSON.stringify({ file, base }),
    })
    const { types, fields } = JSON.parse(output.toString())
    const type = quantization.toUpperCase()
    expect(types['blk.0.attn_q.weight']).toBe(type)
    expect(types['blk.0.attn_norm.weight']).toBe('F32')
    // 172 values are no whole blocks of 32.
    expect(types['blk.0.ffn_down.weight']).toBe(type.startsWith('Q') ? 'F16' : type)
    expect(types['token_embd.weight']).toBe(type === 'Q4_0' ? 'Q8_0' : type)
    expect(fields).toMatchObject({
      'general.architecture': 'llama',
      'llama.block_count': 5,
      'llama.attention.head_count_kv': 4,
      'llama.rope.dimension_count': 8,
      'tokenizer.ggml.model': 'llama',
      'tokenizer.ggml.tokens': 512,
      'tokenizer.ggml.scores': 512,
      'tokenizer.ggml.bos_token_id': 1,
      'tokenizer.ggml.add_bos_token': true,
      'tokenizer.ggml.add_space_prefix': true,
    })
  },
)
