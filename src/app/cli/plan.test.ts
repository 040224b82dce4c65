import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../../test-data.fixture.js'

const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')

function plan(args: readonly string[]): { code: number | null; stdout: string } {
  const run = spawnSync(process.execPath, [bin, 'plan', '--backend', 'wasm', ...args], { encoding: 'utf8' })
  return { code: run.status, stdout: run.stdout }
}

test('a run that fits, as one JSON object', () => {
  const { code, stdout } = plan(['--json', '--max-steps', '2', '--max-length', '256'])
  expect(code).toBe(0)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ fits: true, updates: 2, tokensPerUpdate: 2048, graphicsBytes: 0 })
  expect(result.flopsPerToken).toBe(4 * result.memory.matrixParameters)
  expect(result.peakBytes).toBe(result.runtimeBytes + result.memory.total)
  expect(result.mainBytes).toBe(result.peakBytes)
  expect(result.forms.map(({ weights }: { weights: string }) => weights)).toEqual([
    'float32',
    'bfloat16',
    'nf4',
  ])
  const [whole, half, quarter] = result.forms
  expect(half.weightBytes * 2).toBe(whole.weightBytes)
  expect(quarter.peakBytes).toBeLessThan(half.peakBytes)
})

test('a run that does not fit ends with 1 and says which settings would', () => {
  const { code, stdout } = plan(['--free-memory', '0.1'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/It does not fit\. What would:\n(.*\n)* {2}--\S.*: \d+\.\d MB/)
})
