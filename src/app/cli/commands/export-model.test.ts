import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyLora } from '../../../lora/apply-lora.js'
import { saveAdapter } from '../../../lora/save-adapter.js'
import { loadCausalLM } from '../../../models/load-causal-lm.js'
import { defaultModelDirectory } from '../../../pipelines/default-model.js'
import { repositoryRoot } from '../../../test-data.fixture.js'

const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
const folder = mkdtempSync(path.join(tmpdir(), 'medtune-export-'))
const adapter = path.join(folder, 'adapter')

beforeAll(async () => {
  const model = await loadCausalLM(defaultModelDirectory, { backend: 'cpu' })
  applyLora(model, { r: 2 })
  await saveAdapter(model, adapter)
  model.dispose()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function exportModel(...args: string[]): void {
  execFileSync(process.execPath, [bin, 'export-model', adapter, '--base', defaultModelDirectory, ...args], {
    stdio: 'ignore',
  })
}

test('an adapter becomes a GGUF file, a GGUF adapter, an Ollama folder and a PEFT folder', () => {
  exportModel('--to', 'gguf', '--quantization', 'q8_0')
  exportModel('--to', 'gguf-adapter')
  for (const file of [`${adapter}.gguf`, `${adapter}-adapter.gguf`]) {
    expect(readFileSync(file).subarray(0, 4).toString()).toBe('GGUF')
  }
  exportModel('--to', 'ollama', '--system', 'Answer the question.')
  const modelfile = readFileSync(path.join(`${adapter}-ollama`, 'Modelfile'), 'utf8')
  expect(modelfile).toContain('### Response:\n{{ .Response }}')
  expect(modelfile).toContain('SYSTEM """Answer the question."""')
  expect(existsSync(path.join(`${adapter}-ollama`, 'model.gguf'))).toBe(true)
  exportModel('--to', 'peft')
  const weights = 'adapter_model.safetensors'
  expect(readFileSync(path.join(`${adapter}-peft`, weights))).toEqual(
    readFileSync(path.join(adapter, weights)),
  )
})

test('an adapter becomes a whole model, which becomes a GGUF file of its own', () => {
  exportModel('--to', 'merged', '--dtype', 'float16', '--max-shard-size', '1')
  const merged = `${adapter}-merged`
  expect(existsSync(path.join(merged, 'model.safetensors.index.json'))).toBe(true)
  execFileSync(process.execPath, [bin, 'export-model', merged, '--to', 'gguf'], { stdio: 'ignore' })
  expect(readFileSync(`${merged}.gguf`).subarray(0, 4).toString()).toBe('GGUF')
})

test('a model that llama.cpp cannot compute is refused by what it has', () => {
  const source = path.join(folder, 'gelu')
  cpSync(defaultModelDirectory, source, { recursive: true })
  const config = JSON.parse(readFileSync(path.join(source, 'config.json'), 'utf8'))
  writeFileSync(path.join(source, 'config.json'), JSON.stringify({ ...config, hidden_act: 'gelu_new' }))
  const run = spawnSync(process.execPath, [bin, 'export-model', source, '--to', 'gguf'], { encoding: 'utf8' })
  expect(run.status).not.toBe(0)
  expect(run.stderr).toContain(
    "the activation gelu_pytorch_tanh cannot be written as GGUF: llama.cpp's llama computes silu",
  )
  expect(existsSync(`${source}.gguf`)).toBe(false)
})

test('a whole model is no adapter, an option of another form is not ignored, and a chat template is not guessed', () => {
  for (const [args, code] of [
    [['--to', 'peft'], 'INVALID_ARGUMENT'],
    [['--to', 'ollama', '--template', 'chat'], 'UNSUPPORTED_MODEL'],
    [['--to', 'gguf', '--dtype', 'float32'], 'INVALID_ARGUMENT'],
  ] as const) {
    const out = ['--out', path.join(folder, 'nothing')]
    const run = spawnSync(process.execPath, [bin, 'export-model', defaultModelDirectory, ...args, ...out])
    expect(run.status).not.toBe(0)
    expect(run.stderr.toString()).toContain(code)
    expect(existsSync(path.join(folder, 'nothing'))).toBe(false)
  }
})
