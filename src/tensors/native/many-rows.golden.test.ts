import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { startedBackends } from '../started-backends.fixture.js'
import type { ManyRowCase } from './many-rows-run.fixture.js'

const script = fileURLToPath(new URL('many-rows-run.fixture.ts', import.meta.url))

describe.skipIf(!startedBackends.includes('native'))('kernels for many rows', () => {
  test.each(['best', 'avx2', 'portable'])('%s: results are those of the plain operations', (kernels) => {
    const env = { ...process.env, MEDTUNE_ROW_KERNELS: kernels }
    const child = spawnSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8', env })
    expect(child.stderr).toBe('')
    const cases = JSON.parse(child.stdout) as ManyRowCase[]
    expect(cases).toHaveLength(3 * 2 * (2 * 3 + 3))
    // Results in bfloat16 are rounded to 8 bits; losses are float32 whatever the logits are.
    const isRounded = (name: string): boolean => name.includes('bfloat16') && !name.startsWith('losses')
    const bound = (name: string): number => (isRounded(name) ? 2 ** -8 : 2e-6)
    expect(cases.filter(({ name, error }) => !(error <= bound(name)))).toEqual([])
  })
})
