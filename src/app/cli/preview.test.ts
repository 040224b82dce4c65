import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../datasets/datasets.fixture.js'
import type { TrainingPreview } from '../../pipelines/preview-training.js'
import { repositoryRoot } from '../../test-data.fixture.js'
import { planted, runWithCanary } from './canary.fixture.js'
import { previewLines } from './preview-lines.js'

const root = temporaryFolder()
const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
const dataset = path.join(root, 'rows.json')
writeFileSync(
  dataset,
  JSON.stringify({ instruction: ['Answer.'], input: ['Did pain fall?'], output: ['It fell.'] }),
)

function medtune(args: readonly string[], env: Record<string, string> = {}) {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env
  const run = spawnSync(process.execPath, [bin, 'preview', '--dataset', dataset, ...args], {
    ...{ cwd: root, encoding: 'utf8', env: { ...inherited, ...env } },
  })
  return { code: run.status, stdout: run.stdout, stderr: run.stderr }
}

const escapeCharacter = String.fromCharCode(27)

describe('medtune preview', () => {
  test('shows tokens, ids and marks; colour only where it is wanted', () => {
    const plain = medtune(['--completion-only-loss'])
    expect(plain.code, plain.stderr).toBe(0)
    expect(plain.stdout).toMatch(/^Row 1 of 1: \d+ tokens, \d+ with loss\n {2}<s> /)
    expect(plain.stdout).toContain('^ marks tokens with loss')
    expect(plain.stdout).not.toContain(escapeCharacter)
    expect(medtune([], { FORCE_COLOR: '1' }).stdout).toContain(`${escapeCharacter}[30;42m`)
    expect(medtune([], { NO_COLOR: '1' }).stdout).not.toContain(escapeCharacter)
  })

  test('--json prints the rows alone on standard output', () => {
    const { stdout } = medtune(['--json', '--completion-only-loss', '--packing'])
    const { rows } = JSON.parse(stdout) as TrainingPreview
    expect(rows[0]?.tokens[0]).toEqual({ id: 0, text: '<s>', learned: false })
    const learned = rows[0]?.tokens.filter((token) => token.learned).map(({ text }) => text)
    expect(learned?.join('')).toBe('It·fell.</s>')
    expect(rows[0]?.parts).toEqual([rows[0]?.tokens.length])
  })

  test('an own template file; a wrong name is an error with its remedy', () => {
    const file = path.join(root, 'own.txt')
    writeFileSync(file, 'Q: {input}\nA: {output}')
    const own = medtune(['--prompt-template', file, '--all-tokens'])
    expect(own.code, own.stderr).toBe(0)
    expect(own.stdout).not.toContain('Instruction')
    const wrong = medtune(['--prompt-template', 'alpacca'])
    expect([wrong.code, wrong.stderr]).toEqual([
      3,
      expect.stringContaining('must be one of alpaca, chatml or a text file'),
    ])
  })

  test('fails without a word of the rows', () => {
    const broken = path.join(root, 'broken.json')
    writeFileSync(broken, JSON.stringify({ instruction: [planted], input: [planted, 5], output: [planted] }))
    const { code, said } = runWithCanary(['preview', '--dataset', broken], root)
    expect([code, said]).toEqual([4, expect.stringContaining('INVALID_DATASET')])
    const whole = path.join(root, 'whole.json')
    writeFileSync(whole, JSON.stringify({ instruction: [planted], input: [planted], output: [planted] }))
    expect(runWithCanary(['preview', '--dataset', whole, '--assistant-only-loss'], root).said).toContain(
      'chat template',
    )
  })
})

describe('lines of a preview', () => {
  const token = (text: string, learned: boolean, id = 7) => ({ id, text, learned })
  const one = (tokens: ReturnType<typeof token>[], parts = [tokens.length]): TrainingPreview => ({
    ...{ rowCount: 9, notes: ['mind this'] },
    rows: [{ row: 1, tokens, parts, labels: 1, notes: ['look here'] }],
  })
  const look = { colour: false, allTokens: false, columns: 60 }

  test('tokens over ids over marks, in columns that fit', () => {
    const lines = previewLines(
      one([token('ab', false, 12345), token('漢', true, 6), token('e\u0301', true, 5)]),
      look,
    )
    expect(lines).toEqual([
      'Row 1 of 9: 3 tokens, 1 with loss',
      '  ab    漢 e\u0301',
      '  12345 6  5',
      '        ^^ ^',
      '  ! look here',
      '',
      '^ marks tokens with loss   · blank, ↵ line end',
      'Note      mind this',
    ])
    const wide = previewLines(one(Array.from({ length: 40 }, () => token('abcdef', true))), look)
    expect(wide.every((line) => line.length <= 60)).toBe(true)
  })

  test('far from any change tokens are counted, unless all are wanted', () => {
    const tokens = Array.from({ length: 200 }, (_, t) => token('x', t >= 100))
    const text = previewLines(one(tokens), look).join('\n')
    expect(text).toContain('… 52 tokens without loss …')
    expect(text).toContain('… 52 tokens with loss …')
    const all = previewLines(one(tokens), { ...look, allTokens: true }).join('\n')
    expect(all.match(/x/g)).toHaveLength(200)
  })

  test('parts of a packed row stand apart', () => {
    const text = previewLines(one([token('a', false), token('b', false)], [1, 1]), look).join('\n')
    expect(text).toMatch(/2 rows in one\n {2}part 1: 1 tokens\n {2}a\n.*\n {2}part 2: 1 tokens\n {2}b\n/)
  })
})
