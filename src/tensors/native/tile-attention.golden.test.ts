import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { startedBackends } from '../started-backends.fixture.js'
import type { TileAttentionCase } from './tile-attention-run.fixture.js'

const script = fileURLToPath(new URL('tile-attention-run.fixture.ts', import.meta.url))

describe.skipIf(!startedBackends.includes('native'))('attention in tiles', () => {
  test.each(['best', 'avx512', 'avx2', 'portable'])('%s: both passes are those of chunks', (kernels) => {
    const env = { ...process.env, MEDTUNE_ROW_KERNELS: kernels }
    const child = spawnSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8', env })
    expect(child.stderr).toBe('')
    const cases = JSON.parse(child.stdout) as TileAttentionCase[]
    expect(cases).toHaveLength(2 * 11)
    const off = cases.filter(({ name, errors, errorsOfChunks }) => {
      // In 16 bits both round probabilities and gradients; neither may be much worse than the other.
      const bound = name.startsWith('float32') ? 2e-6 : Math.max(2 ** -8, 2 * Math.max(...errorsOfChunks))
      return !errors.every((error) => error <= bound)
    })
    expect(off).toEqual([])
  })
})
