import { existsSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { saveAdapter } from '../lora/save-adapter.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { decodeNf4, encodeNf4 } from '../tensors/quantization.js'
import { Random } from '../tensors/random.js'
import { openSafetensors } from '../tensors/safetensors.js'
import { writeSafetensors } from '../tensors/safetensors-writer.js'
import { exportGgufAdapter } from './export-gguf-adapter.js'
import { mergeToSafetensors } from './merge-to-safetensors.js'

let folder: string
let base: string
let adapter: string
let adapted: Float32Array
const ids = [[1, 4, 7, 9, 3]]

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'medtune-merge-'))
  base = path.join(folder, 'base')
  adapter = path.join(folder, 'adapter')
  const model = await createCausalLM(tinyConfig, { seed: 1, backend: 'cpu' })
  await saveCausalLM(model, base)
  const random = new Random(2)
  for (const { loraB } of applyLora(model, {
    r: 2,
    loraAlpha: 8,
    useRslora: true,
    rankPattern: { q_proj: 3 },
  }).modules.values()) {
    const data = (await model.ops.read(loraB.value)).map(() => random.normal(0, 0.3))
    model.ops.free(loraB.value)
    loraB.value = model.ops.keep(model.ops.upload(data, loraB.value.shape))
  }
  await saveAdapter(model, adapter)
  adapted = (await model.logits(ids)).data
  model.dispose()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function largestDifference(outputDir: string): Promise<number> {
  const merged = await loadCausalLM(outputDir, { backend: 'cpu' })
  const { data } = await merged.logits(ids)
  merged.dispose()
  return data.reduce((max, value, i) => Math.max(max, Math.abs(value - (adapted[i] ?? Number.NaN))), 0)
}

test.each([
  ['float32', 1e-5],
  ['float16', 0.05],
  ['bfloat16', 0.3],
] as const)('a merge to %s computes what the adapted model does', async (dtype, tolerance) => {
  const outputDir = path.join(folder, dtype)
  await mergeToSafetensors({ base, adapter, outputDir, dtype })
  expect(await largestDifference(outputDir)).toBeLessThan(tolerance)
  expect(JSON.parse(await readFile(path.join(outputDir, 'config.json'), 'utf8')).torch_dtype).toBe(dtype)
})

test('tokenizer files and named chat templates come along, links as what they lead to', async () => {
  const templates = path.join(base, 'additional_chat_templates')
  await mkdir(templates)
  await writeFile(path.join(folder, 'blob'), 'with tools')
  await symlink('../../blob', path.join(templates, 'tool_use.jinja'))
  await writeFile(path.join(base, 'chat_template.jinja'), 'default')
  const outputDir = path.join(folder, 'with-templates')
  await mergeToSafetensors({ base, adapter, outputDir, dtype: 'float32' })
  await rm(templates, { recursive: true })
  await rm(path.join(base, 'chat_template.jinja'))
  expect(await readFile(path.join(outputDir, 'chat_template.jinja'), 'utf8')).toBe('default')
  const copied = path.join(outputDir, 'additional_chat_templates/tool_use.jinja')
  expect((await lstat(copied)).isSymbolicLink()).toBe(false)
  expect(await readFile(copied, 'utf8')).toBe('with tools')
})

/** An adapter on queries beside an embedding, a head and norms that were trained in full. */
async function saveWithModules(): Promise<{ directory: string; logits: Float32Array }> {
  const directory = path.join(folder, 'with-modules')
  const model = await loadCausalLM(base, { backend: 'cpu' })
  const random = new Random(3)
  applyLora(model, { r: 2, targetModules: ['q_proj'], modulesToSave: ['embed_tokens', 'lm_head', 'norm'] })
  for (const parameter of model.parameters()) {
    if (!parameter.trainable) continue
    const data = (await model.ops.read(parameter.value)).map((value) => value + random.normal(0, 0.3))
    const { shape } = parameter.value
    model.ops.free(parameter.value)
    parameter.value = model.ops.keep(model.ops.upload(data, shape))
  }
  await saveAdapter(model, directory)
  const { data: logits } = await model.logits(ids)
  model.dispose()
  return { directory, logits }
}

test('modules that were saved in full take the place of the base, and cannot go into an adapter for llama.cpp', async () => {
  const { directory, logits } = await saveWithModules()
  const outputDir = path.join(folder, 'merged-with-modules')
  await mergeToSafetensors({ base, adapter: directory, outputDir, dtype: 'float32' })
  const merged = await loadCausalLM(outputDir, { backend: 'cpu' })
  const { data } = await merged.logits(ids)
  merged.dispose()
  expect(Math.max(...data.map((value, i) => Math.abs(value - (logits[i] ?? Number.NaN))))).toBeLessThan(1e-5)
  const file = path.join(folder, 'adapter.gguf')
  await expect(exportGgufAdapter({ base, adapter: directory, file })).rejects.toThrow(
    'embed_tokens.weight of modules_to_save cannot be written as GGUF',
  )
  const settings = path.join(directory, 'adapter_config.json')
  const text = await readFile(settings, 'utf8')
  const merge = () => mergeToSafetensors({ base, adapter: directory, outputDir: path.join(folder, 'no') })
  await writeFile(settings, text.replace('"embed_tokens",', ''))
  await expect(merge()).rejects.toThrow('or one of modules_to_save; got base_model.model.model.embed_tokens')
  await writeFile(settings, text.replace('"norm"', '"norm", "o_proj"'))
  await expect(merge()).rejects.toThrow('o_proj.weight must have shape [8,16]; got none')
})

test('shards hold every tensor once, with their index', async () => {
  const outputDir = path.join(folder, 'sharded')
  const progress: number[] = []
  const { shards, totalBytes } = await mergeToSafetensors({
    ...{ base, adapter, outputDir, dtype: 'float32', maxShardBytes: 1000 },
    onProgress: (done) => progress.push(done),
  })
  expect(shards.length).toBeGreaterThan(2)
  expect(progress.at(-1)).toBe(totalBytes)
  expect(await largestDifference(outputDir)).toBeLessThan(1e-5)
})

test('a stopped merge, a full folder and a foreign adapter leave nothing behind', async () => {
  const outputDir = path.join(folder, 'refused')
  const stopped = mergeToSafetensors({ base, adapter, outputDir, signal: AbortSignal.abort() })
  await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' })
  const other = path.join(folder, 'other')
  const model = await createCausalLM({ ...tinyConfig, hidden_size: 16 }, { seed: 1, backend: 'cpu' })
  await saveCausalLM(model, other)
  model.dispose()
  const foreign = mergeToSafetensors({ base: other, adapter, outputDir })
  await expect(foreign).rejects.toMatchObject({ code: 'INVALID_ADAPTER' })
  expect(existsSync(outputDir)).toBe(false)
  expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([])
  const full = path.join(folder, 'base')
  const overwriting = mergeToSafetensors({ base, adapter, outputDir: full })
  await expect(overwriting).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
  const zero = mergeToSafetensors({ base, outputDir, maxShardBytes: 0 })
  await expect(zero).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  await writeFile(path.join(other, 'config.json'), '{')
  const damaged = mergeToSafetensors({ base: other, outputDir })
  await expect(damaged).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
})

test('a 4-bit base is dequantized, and the result says nothing of quantization', async () => {
  const name = 'model.layers.0.self_attn.q_proj.weight'
  const plain = await openSafetensors(path.join(base, 'model.safetensors'))
  const { data, shape } = await plain.readFloat32(name)
  const tensor = encodeNf4(data, { shape, dtype: 'F32', doubleQuantization: false })
  const state = { quant_type: 'nf4', blocksize: 64, dtype: 'float32', shape }
  const bytes = new TextEncoder().encode(JSON.stringify(state))
  const others = plain.names.filter((other) => other !== name)
  const entries = await Promise.all(
    others.map(async (other) => ({
      name: other,
      dtype: 'F32' as const,
      ...(await plain.readFloat32(other)),
    })),
  )
  const quantized = path.join(folder, 'nf4')
  const maxima = tensor.absmax as Float32Array
  await writeSafetensors(path.join(quantized, 'model.safetensors'), [
    ...entries,
    { name, dtype: 'U8', shape: [tensor.packed.length, 1], data: tensor.packed },
    { name: `${name}.absmax`, dtype: 'F32', shape: [maxima.length], data: maxima },
    { name: `${name}.quant_map`, dtype: 'F32', shape: [16], data: tensor.levels },
    { name: `${name}.quant_state.bitsandbytes__nf4`, dtype: 'U8', shape: [bytes.length], data: bytes },
  ])
  await plain.close()
  const config = { ...tinyConfig, quantization_config: { bnb_4bit_quant_type: 'nf4' } }
  await writeFile(path.join(quantized, 'config.json'), JSON.stringify(config))
  const outputDir = path.join(folder, 'from-nf4')
  await mergeToSafetensors({ base: quantized, outputDir, dtype: 'float32' })
  const written = await openSafetensors(path.join(outputDir, 'model.safetensors'))
  expect((await written.readFloat32(name)).data).toEqual(decodeNf4(tensor))
  await written.close()
  expect(await readFile(path.join(outputDir, 'config.json'), 'utf8')).not.toContain('quantization')
})
