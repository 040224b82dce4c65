import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect } from 'vitest'
import { repositoryRoot } from '../../test-data.fixture.js'

const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
const canaries: readonly string[] = [
  'Quitéria',
  'Zanetti',
  '529.982.247-25',
  'quiteria.z@hospital.com',
  '98712-3468',
]

/** A made-up person's identifiers in one sentence. */
export const planted =
  'Sra. Quitéria Brandão Zanetti, CPF 529.982.247-25, quiteria.z@hospital.com, (11) 98712-3468.'

/** Fails for a text in which a planted identifier can be read. */
export function expectNoCanary(text: string): void {
  for (const canary of canaries) expect(text).not.toContain(canary)
}

/** Runs a command line as a process, with stack traces on; fails where a planted identifier is said. */
export function runWithCanary(args: readonly string[], cwd: string): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, MEDTUNE_DEBUG: '1' },
  })
  const said = `${stdout}\n${stderr}`
  expectNoCanary(said)
  return { code: status, said }
}
