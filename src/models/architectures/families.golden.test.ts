import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { startedDtypes } from '../../tensors/started-dtypes.fixture.js'
import { repositoryRoot } from '../../test-data.fixture.js'
import { expectCase, unpackCase } from './family-case.fixture.js'
import { architectures } from './index.js'

const reference = path.join(repositoryRoot, 'data/reference/families')
const files = readdirSync(reference)
const folder = mkdtempSync(path.join(tmpdir(), 'medtune-golden-families-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(startedDtypes)(
  'model families on $backend in $dtype equal transformers and PEFT',
  (started) => {
    test.each(files)('%s', async (name) => {
      const file = path.join(reference, name)
      await expectCase(file, await unpackCase(file, path.join(folder, started.backend)), started)
    })
  },
)

test('every architecture is among the files', () => {
  const named = new Set(files.map((name) => name.split(/-|\.safe/)[0]))
  expect([...named].sort()).toEqual(architectures.map(({ modelType }) => modelType).sort())
})
