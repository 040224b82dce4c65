import { execFileSync } from 'node:child_process'

/** Tests that start the command line or a kernel use the built package: build it once, before any of them. */
export default function setup(): void {
  execFileSync(process.execPath, ['src/app/cli/bin.mjs', '--build-only'], { stdio: 'inherit' })
}
