import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rawRecord, temporaryFolder } from '../../datasets/datasets.fixture.js'
import { repositoryRoot } from '../../test-data.fixture.js'
import { expectNoCanary, planted, runWithCanary } from './canary.fixture.js'

const root = temporaryFolder()
const notebook = path.join(repositoryRoot, 'notebooks/prepare-medical-data.ipynb')
const record = { ...rawRecord, CONTEXTS: [planted, planted], LONG_ANSWER: planted }
const whole = JSON.stringify({ a: record, b: record })

test.each([
  ['runs', whole, 0],
  ['stops at a damaged file', whole.slice(0, -40), 7],
])(
  'the preparation notebook %s; neither its outputs nor the terminal show what was planted',
  (_name, content, expected) => {
    const cwd = mkdtempSync(path.join(root, 'canary-'))
    const input = path.join(cwd, 'data.json')
    writeFileSync(input, content)
    const executed = path.join(cwd, 'out.ipynb')
    const parameters = [`input=${input}`, `outputDir=${path.join(cwd, 'prepared')}`, 'profile=clinical']
    const args = ['run', notebook, '-o', executed, ...parameters.flatMap((parameter) => ['-p', parameter])]
    const { code, said } = runWithCanary(args, cwd)
    expect(code, said).toBe(expected)
    expectNoCanary(readFileSync(executed, 'utf8'))
  },
)
