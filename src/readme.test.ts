import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { repositoryRoot } from './test-data.fixture.js'

/** TypeScript blocks of a Markdown file. */
function codeBlocks(file: string): string[] {
  const text = readFileSync(path.join(repositoryRoot, file), 'utf8')
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)
}

/** Compiles and runs a block in the repository's root, where `medtune` is found by its name. */
function run(code: string): { status: number | null; stdout: string; stderr: string } {
  const parent = path.join(repositoryRoot, '.vitest')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(path.join(parent, 'readme-'))
  try {
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
    const file = path.join(folder, 'block.mjs')
    writeFileSync(file, ts.transpileModule(code, { compilerOptions }).outputText)
    return spawnSync(process.execPath, [file], { cwd: repositoryRoot, encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test.each(['README.md', 'src/anonymization/README.md', 'src/artifacts/README.md'])(
  'the code of %s runs',
  (file) => {
    const blocks = codeBlocks(file)
    expect(blocks.length).toBeGreaterThan(0)
    for (const block of blocks) {
      const { status, stderr } = run(block)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    }
  },
)

test('the commands of the README exist', () => {
  const readme = readFileSync(path.join(repositoryRoot, 'README.md'), 'utf8')
  const commands = new Set([...readme.matchAll(/npx medtune ([a-z-]+)/g)].map(([, name = '']) => name))
  expect(commands.size).toBeGreaterThan(5)
  for (const command of commands) {
    const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
    const { status } = spawnSync(process.execPath, [bin, command, '--help'])
    expect({ command, status }).toEqual({ command, status: 0 })
  }
})
