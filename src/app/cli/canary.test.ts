import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { rawRecord, temporaryFolder } from '../../datasets/datasets.fixture.js'
import { expectNoCanary, planted, runWithCanary } from './canary.fixture.js'

const root = temporaryFolder()
const record = {
  ...rawRecord,
  QUESTION: `Is it? ${planted}`,
  CONTEXTS: [planted, planted],
  MESHES: [planted],
  LONG_ANSWER: planted,
}

function fileWith(content: string | object, name = 'data.json'): { file: string; cwd: string } {
  const cwd = mkdtempSync(path.join(root, 'canary-'))
  const file = path.join(cwd, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return { file, cwd }
}

describe('prepare', () => {
  test('says nothing of what it reads, and writes it without identifiers', () => {
    const { file, cwd } = fileWith({ a: record, b: record })
    const { code, said } = runWithCanary(
      ['prepare', '--all', '--input', file, '--output-dir', 'out', '--profile', 'clinical', '--json'],
      cwd,
    )
    expect(code, said).toBe(0)
    for (const name of ['medical_tuning_data.json', 'formatted_medical_dataset.json']) {
      const written = readFileSync(path.join(cwd, 'out', name), 'utf8')
      expect(written).toContain('[CPF]')
      expectNoCanary(written)
    }
  })

  const whole = JSON.stringify({ a: record })
  test.each([
    ['cut in a text', whole.slice(0, whole.indexOf('Zanetti') + 9)],
    ['a broken escape', whole.replace('CPF', '\\x')],
    ['no comma', whole.replace('","', '" "')],
    ['a list', [record, planted]],
    ['a text', JSON.stringify(planted)],
    ['no JSON', planted],
    ['texts where lists belong', { a: { ...record, CONTEXTS: planted, MESHES: planted } }],
    ['a field missing', { a: { QUESTION: planted, LONG_ANSWER: planted } }],
    ['an unknown verdict', { a: { ...record, final_decision: planted, YEAR: planted } }],
  ])('fails without a word of it: %s', (_name, content) => {
    const { file, cwd } = fileWith(content)
    const { said } = runWithCanary(['prepare', '--input', file, '--output-dir', 'out'], cwd)
    expect(said).not.toContain('INTERNAL')
  })
})

const rows = { instruction: [planted, planted], input: [planted, planted], output: [planted, planted] }
const train = ['train', '--output-dir', 'adapter', '--max-steps', '1', '--max-length', '32', '--dataset']

describe('train', () => {
  test('logs figures only', () => {
    const { file, cwd } = fileWith(rows)
    const { code, said } = runWithCanary([...train, file], cwd)
    expect(code, said).toBe(0)
    for (const name of ['training_log.json', 'adapter_config.json', 'README.md'])
      expectNoCanary(readFileSync(path.join(cwd, 'adapter', name), 'utf8'))
  })

  const whole = JSON.stringify(rows)
  test.each([
    ['cut', whole.slice(0, whole.indexOf('Zanetti') + 9), 'data.json'],
    ['columns of different length', { ...rows, output: [planted] }, 'data.json'],
    ['no output column', { instruction: [planted], input: [planted] }, 'data.json'],
    ['a number among the texts', { ...rows, output: [planted, 5] }, 'data.json'],
    ['a broken line', `${JSON.stringify({ instruction: planted })}\n{"input": "${planted}`, 'data.jsonl'],
    ['no JSON', planted, 'data.json'],
  ])('fails without a word of it: %s', (_name, content, name) => {
    const { file, cwd } = fileWith(content, name)
    const { code, said } = runWithCanary([...train, file], cwd)
    expect(code).not.toBe(0)
    expect(said).toContain('INVALID_DATASET')
  })
})

test('anonymize fails in a worker without a word of the line', () => {
  const { file, cwd } = fileWith(
    `${JSON.stringify({ id: 1, text: 'x' })}\n{"text": "${planted}`,
    'data.jsonl',
  )
  const { said } = runWithCanary(['anonymize', '--spans', '--workers', '2', file], cwd)
  expect(said).toContain('medtune: INVALID_DATASET: line 2')
})

test.each(['test', 'export', 'run'])('%s of a file that is something else', (command) => {
  const { file, cwd } = fileWith(planted, 'data.ipynb')
  const args = command === 'test' ? ['test', '--model-path', file] : [command, file]
  const { code, said } = runWithCanary(args, cwd)
  expect(code).not.toBe(0)
  expect(said).not.toContain('INTERNAL')
})
