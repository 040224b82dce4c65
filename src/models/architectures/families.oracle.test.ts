import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, test } from 'vitest'
import { startedDtypes } from '../../tensors/started-dtypes.fixture.js'
import { oraclePython, repositoryRoot } from '../../test-data.fixture.js'
import { expectCase, unpackCase } from './family-case.fixture.js'

/** Other values, shapes, adapters and rotations in each run; the seed is in the name of every test. */
const seed = Number(process.env.MEDTUNE_TEST_SEED ?? Date.now() % 1_000_000)
const folder = mkdtempSync(path.join(tmpdir(), 'medtune-families-'))
const files = oraclePython === undefined ? ['not made without Python'] : makeCases(oraclePython)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function makeCases(python: string): string[] {
  const script = path.join(repositoryRoot, 'data/reference/make-families.py')
  execFileSync(python, [script, folder, '--seed', String(seed)], { stdio: ['ignore', 'ignore', 'pipe'] })
  return readdirSync(folder)
}

/** Exact only: some draws are so ill-conditioned that rounding to 16 bits decides; the golden files are compared in both. */
const exact = startedDtypes.filter(({ dtype }) => dtype === 'float32')

describe.skipIf(oraclePython === undefined).each(exact)(
  `model families on $backend in $dtype equal transformers and PEFT, seed ${seed}`,
  (started) => {
    test.each(files)('%s', async (name) => {
      const file = path.join(folder, name)
      await expectCase(file, await unpackCase(file, path.join(folder, started.backend)), started)
    })
  },
)
