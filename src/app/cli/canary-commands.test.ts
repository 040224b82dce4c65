import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { rawRecord, temporaryFolder } from '../../datasets/datasets.fixture.js'
import { repositoryRoot } from '../../test-data.fixture.js'
import { expectNoCanary, planted, runWithCanary } from './canary.fixture.js'

const root = temporaryFolder()
const model = path.join(repositoryRoot, 'data/models/tiny')
const record = { ...rawRecord, QUESTION: planted, CONTEXTS: [planted], LONG_ANSWER: planted }
const rows = { instruction: [planted, planted], input: [planted, planted], output: [planted, planted] }

function fileWith(content: string | object, name = 'data.json'): { file: string; cwd: string } {
  const cwd = mkdtempSync(path.join(root, 'canary-'))
  const file = path.join(cwd, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return { file, cwd }
}

const cut = (content: object): string => {
  const whole = JSON.stringify(content)
  return whole.slice(0, whole.indexOf('Zanetti') + 9)
}

describe('evaluate', () => {
  test('says and reports figures only', () => {
    const { file, cwd } = fileWith({ 1: record, 2: record })
    const { file: heldOut } = fileWith(rows)
    const report = path.join(cwd, 'report.json')
    const args = [
      'evaluate',
      '--model',
      model,
      '--dataset',
      file,
      '--perplexity',
      heldOut,
      '--report',
      report,
    ]
    const { code, said } = runWithCanary([...args, '--limit', '1', '--backend', 'wasm'], cwd)
    expect(said).not.toContain('INTERNAL')
    if (code === 0) expectNoCanary(readFileSync(report, 'utf8'))
  })

  test.each([
    ['cut', cut({ 1: record })],
    ['no JSON', planted],
    ['texts where lists belong', { 1: { ...record, CONTEXTS: planted } }],
    ['an unknown verdict', { 1: { ...record, final_decision: planted } }],
  ])('fails without a word of it: %s', (_name, content) => {
    const { file, cwd } = fileWith(content)
    const { said } = runWithCanary(
      ['evaluate', '--model', model, '--dataset', file, '--backend', 'wasm'],
      cwd,
    )
    expect(said).not.toContain('INTERNAL')
  })

  test('fails without a word of damaged canaries, identifiers and held-out records', () => {
    const { file, cwd } = fileWith(planted)
    for (const option of ['--canaries', '--ids', '--perplexity']) {
      const { code, said } = runWithCanary(['evaluate', '--model', model, option, file], cwd)
      expect(code).not.toBe(0)
      expect(said).not.toContain('INTERNAL')
    }
  })
})

describe.each(['preview', 'plan', 'train', 'prepare', 'download', 'evaluate', 'export-model'])(
  '%s',
  (command) => {
    test.each([
      ['damaged', `{"model": "${planted}`],
      ['of another form', { model: [planted], dataset: { planted } }],
    ])('fails without a word of settings that are %s', (_name, content) => {
      const { file, cwd } = fileWith(content)
      const { code, said } = runWithCanary([command, '--config', file], cwd)
      expect(code).not.toBe(0)
      expect(said).not.toContain('INTERNAL')
    })
  },
)

test.each([
  ['cut', cut(rows)],
  ['no JSON', planted],
  ['no output column', { instruction: [planted], input: [planted] }],
  ['a number among the texts', { ...rows, output: [planted, 5] }],
])('preview fails without a word of it: %s', (_name, content) => {
  const { file, cwd } = fileWith(content)
  const { code, said } = runWithCanary(['preview', '--model', model, '--dataset', file], cwd)
  expect(code).not.toBe(0)
  expect(said).not.toContain('INTERNAL')
})

test.each(['adapter_config.json', 'config.json', 'adapter_model.safetensors'])(
  'export-model fails without a word of a damaged %s',
  (name) => {
    const cwd = mkdtempSync(path.join(root, 'canary-'))
    const adapter = path.join(cwd, 'adapter')
    if (name !== 'adapter_config.json') cpSync(model, adapter, { recursive: true })
    const { cwd: plain } = fileWith(planted, name)
    cpSync(plain, adapter, { recursive: true })
    const { code, said } = runWithCanary(['export-model', adapter, '--out', path.join(cwd, 'out')], cwd)
    if (name !== 'adapter_model.safetensors') expect(code).not.toBe(0)
    expect(said).not.toContain('INTERNAL')
    expect(readdirSync(cwd)).toContain('adapter')
  },
)

test('download says nothing of what a server answers', async () => {
  const cwd = mkdtempSync(path.join(root, 'canary-'))
  const hub = createServer((_request, response) => {
    response.statusCode = 500
    response.end(planted)
  })
  hub.listen(0, '127.0.0.1')
  await once(hub, 'listening')
  const address = hub.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
    const env = { ...process.env, MEDTUNE_DEBUG: '1', HF_ENDPOINT: `http://127.0.0.1:${port}`, HF_HOME: cwd }
    const child = spawn(process.execPath, [bin, 'download', 'org/none'], { cwd, env })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)))
    const [code] = await once(child, 'close')
    expect(code).not.toBe(0)
    expectNoCanary(said)
  } finally {
    hub.close()
  }
}, 60_000)
