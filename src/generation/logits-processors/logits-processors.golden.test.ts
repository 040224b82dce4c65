import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../../test-data.fixture.js'
import { resolveGenerationConfig } from '../generation-config.js'
import { createLogitsProcessors } from './index.js'

interface Golden {
  logits: number[][]
  ids: number[][]
  cases: { config: Record<string, number | boolean>; row: number; expected: (number | null)[] }[]
}

const golden: Golden = JSON.parse(
  readFileSync(path.join(repositoryRoot, 'data/reference/generation-golden.json'), 'utf8'),
)
const toCamelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

test.each(golden.cases)('row $row with $config scores as transformers does', ({ config, row, expected }) => {
  const options = Object.fromEntries(
    Object.entries(config).map(([name, value]) => [toCamelCase(name), value]),
  )
  const logits = Float32Array.from(golden.logits[row] ?? [])
  for (const process of createLogitsProcessors(resolveGenerationConfig(options)))
    process(logits, golden.ids[row] ?? [])
  expected.forEach((score, id) => {
    if (score === null) expect(logits[id]).toBe(Number.NEGATIVE_INFINITY)
    else expect(logits[id]).toBeCloseTo(score, 5)
  })
})
