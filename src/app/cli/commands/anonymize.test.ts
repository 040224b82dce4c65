import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { generateTexts } from '../../../anonymization/evaluation/generator.fixture.js'
import { repositoryRoot } from '../../../test-data.fixture.js'
import { main } from '../main.js'

const canary = 'Quitéria Brandão Zanetti'
const canaryCpf = '529.982.247-25'
const folder = mkdtempSync(path.join(tmpdir(), 'medtune-anonymize-'))

function fileWith(name: string, content: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  return file
}

/** Runs the command and collects what it says on both streams. */
async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text)
      return true
    })
  }
  const code = await main(['anonymize', ...args])
  return { code, ...said }
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('text to stdout', async () => {
  const { code, stdout } = await run(
    fileWith('note.txt', `Sra. ${canary}, CPF ${canaryCpf}, em 15/03/2024.\n`),
  )
  expect(code).toBe(0)
  expect(stdout).toBe('Sra. [NOME], CPF [CPF], em [DATA].\n')
})

test('spans of lines', async () => {
  const lines = [
    { id: 'a', text: 'ID: 12345' },
    { id: 'b', text: 'nada' },
  ].map((line) => JSON.stringify(line))
  const { stdout } = await run(
    '--spans',
    '--format',
    'jsonl',
    fileWith('lines.jsonl', `${lines.join('\n')}\n`),
  )
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      id: 'a',
      spans: [{ start: 4, end: 9, type: 'PACIENTE_ID', recognizer: 'PACIENTE_ID/bare-id' }],
      output: 'ID: [PACIENTE_ID]',
    },
    { id: 'b', spans: [], output: 'nada' },
  ])
})

test('workers print what one thread prints', () => {
  const lines = generateTexts(700, 'workers').map(({ text }, id) => JSON.stringify({ id, text }))
  const file = fileWith('many.jsonl', `${lines.join('\n')}\n`)
  const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
  const outputOf = (workers: string) =>
    spawnSync(process.execPath, [bin, 'anonymize', '--spans', '--workers', workers, file], {
      encoding: 'utf8',
    }).stdout
  const single = outputOf('1')
  expect(single.trim().split('\n')).toHaveLength(700)
  expect(outputOf('2')).toBe(single)
})

describe('--patterns', () => {
  const patterns = fileWith(
    'patterns.json',
    JSON.stringify([{ entity: 'MATRICULA', pattern: 'MT-\\d{4,6}' }]),
  )

  test('kinds of the user in text and audit', async () => {
    const auditFile = path.join(folder, 'patterns-audit.json')
    const input = fileWith('staff.txt', 'MT-12345 em 15/03/2024\n')
    const { code, stdout } = await run(input, '--patterns', patterns, '--audit', auditFile)
    expect([code, stdout]).toEqual([0, '[MATRICULA] em [DATA]\n'])
    expect(JSON.parse(readFileSync(auditFile, 'utf8')).byType).toEqual({ MATRICULA: 1, DATA: 1 })
  })

  test('workers know them too', () => {
    const input = fileWith('staff.jsonl', `${JSON.stringify({ a: 'MT-12345' })}\n`)
    const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
    const args = ['anonymize', '--format', 'jsonl', '--workers', '2', '--patterns', patterns, input]
    expect(spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' }).stdout).toBe(
      '{"a":"[MATRICULA]"}\n',
    )
  })

  test.each([
    [
      'a catastrophic pattern',
      fileWith('p1.json', '[{"entity":"AB","pattern":"(a+)+$"}]'),
      /INVALID_ARGUMENT.*bounded/,
    ],
    ['no list', fileWith('p2.json', `{"x": "${canary}`), /INVALID_ARGUMENT.*JSON list/],
    ['no file', path.join(folder, 'absent.json'), /FILE_NOT_FOUND/],
  ])('%s is refused', async (_name, file, message) => {
    const { code, stderr } = await run('--patterns', file, fileWith('any.txt', 'aaa'))
    expect(code).not.toBe(0)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('Zanetti')
  })
})

test('one field of JSON, into a file, with an audit', async () => {
  const input = fileWith('record.json', JSON.stringify({ a: { note: `Dr. ${canary}` }, b: `Dr. ${canary}` }))
  const target = path.join(folder, 'clean.json')
  const auditFile = path.join(folder, 'audit.json')
  await run(input, '--format', 'json', '--field', 'a.note', '-o', target, '--audit', auditFile)
  expect(JSON.parse(readFileSync(target, 'utf8'))).toEqual({ a: { note: 'Dr. [NOME]' }, b: `Dr. ${canary}` })
  const audit = JSON.parse(readFileSync(auditFile, 'utf8'))
  expect(audit).toMatchObject({
    documents: 1,
    byType: { NOME: 1 },
    profile: 'clinical',
    strategy: 'placeholder',
  })
  expect(audit.configurationHash).toMatch(/^[0-9a-f]{64}$/)
})

test('a failure leaves the old result as it was', async () => {
  const target = fileWith('old.txt', 'old')
  const { code } = await run('--format', 'jsonl', fileWith('half.jsonl', '{"a": "b"}\n{'), '-o', target)
  expect(code).toBe(4)
  expect(readFileSync(target, 'utf8')).toBe('old')
})

describe('a planted identifier appears in no message', () => {
  const broken = `{"id": 1, "text": "Sra. ${canary}, CPF ${canaryCpf}`
  test.each([
    ['broken JSON', ['--format', 'json', fileWith('broken.json', broken)]],
    ['broken line', ['--format', 'jsonl', fileWith('broken.jsonl', broken)]],
    [
      'line without text',
      ['--spans', fileWith('other.jsonl', JSON.stringify({ id: canary, note: canaryCpf }))],
    ],
    ['no key', ['--strategy', 'hmac', fileWith('plain.txt', `Sra. ${canary}`)]],
    ['review without a terminal', ['--review', fileWith('plain2.txt', `Sra. ${canary}, ${canaryCpf}`)]],
    ['no file', [path.join(folder, 'missing.txt')]],
    ['a folder', [folder]],
    [
      'no place for the result',
      [fileWith('r.txt', `Sra. ${canary}`), '-o', `${fileWith('f.txt', '')}/x.txt`],
    ],
    ['no place for the audit', [fileWith('r2.txt', 'nada'), '--audit', `${fileWith('f2.txt', '')}/x.json`]],
    [
      'a short key',
      ['--strategy', 'surrogate', '--key-file', fileWith('key.txt', 'Zanetti'), fileWith('p3.txt', canary)],
    ],
  ])('%s', async (_name, args) => {
    const { code, stdout, stderr } = await run(...args)
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/medtune: (?!INTERNAL)[A-Z_]+: /)
    for (const said of [stdout, stderr]) {
      expect(said).not.toContain('Zanetti')
      expect(said).not.toContain('529')
    }
  })
  test('audit and JSON result', async () => {
    const auditFile = path.join(folder, 'canary-audit.json')
    const target = path.join(folder, 'canary-clean.txt')
    const { stdout, stderr } = await run(
      fileWith('c.txt', `Sra. ${canary}, CPF ${canaryCpf}`),
      '--json',
      '--audit',
      auditFile,
      '-o',
      target,
    )
    for (const said of [stdout, stderr, readFileSync(auditFile, 'utf8'), readFileSync(target, 'utf8')]) {
      expect(said).not.toContain('Zanetti')
      expect(said).not.toContain('529.982')
    }
  })
})
