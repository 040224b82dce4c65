import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Random } from '../tensors/random.js'
import type { StartedForm } from '../tensors/started-dtypes.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'

export interface RunOutcome {
  readonly losses: readonly number[]
  readonly warnings: readonly string[]
  readonly adapter: string
}

export interface KillOutcome {
  readonly killedAfterStep: number
  /** Of the newest checkpoint that was whole when the process died. */
  readonly resumedFromStep: number
  readonly sameLosses: boolean
  readonly sameAdapter: boolean
}

const script = path.join(repositoryRoot, 'src/training/kill-resume-run.fixture.ts')

/** Runs to the end, or is killed (SIGKILL) some milliseconds after a step: then undefined. */
export async function runOnce(
  form: StartedForm,
  outputDir: string,
  options: { kill?: { step: number; delayMs: number }; fileSizeBlocks?: number; maxSteps?: number } = {},
): Promise<RunOutcome | undefined> {
  const { kill, fileSizeBlocks, maxSteps = 60 } = options
  const limit = fileSizeBlocks === undefined ? '' : `ulimit -f ${fileSizeBlocks}; `
  const command = `${limit}exec "$0" --import tsx "$1" "$2" "$3" "$4"`
  const run = [process.execPath, script, JSON.stringify(form), outputDir, String(maxSteps)]
  const child = spawn('sh', ['-c', command, ...run], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr, killing] = ['', '', false]
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk)
  })
  child.stdout.on('data', async (chunk) => {
    stdout += String(chunk)
    if (kill === undefined || killing || !stdout.includes(`step ${kill.step}\n`)) return
    killing = true
    await delay(kill.delayMs)
    child.kill('SIGKILL')
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (code === null) return undefined
  if (code !== 0) throw new Error(`the run failed: ${stderr.slice(-2000)}`)
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RunOutcome
  const bytes = readFileSync(path.join(outputDir, 'adapter_model.safetensors'))
  return { ...result, adapter: createHash('sha256').update(bytes).digest('hex') }
}

/** Kills a 60-step run at random moments; each time lets another process resume and compares it with the whole run. */
export async function killAndResume(form: StartedForm, kills: number, seed = 1): Promise<KillOutcome[]> {
  const root = mkdtempSync(path.join(tmpdir(), 'medtune-kill-'))
  const random = new Random(seed)
  try {
    const whole = await runOnce(form, path.join(root, 'whole'))
    const outcomes: KillOutcome[] = []
    for (let i = 0; i < kills; i++) {
      const outputDir = path.join(root, `run-${i}`)
      const step = 1 + random.integer(58)
      await runOnce(form, outputDir, { kill: { step, delayMs: random.uniform(0, 25) } })
      const resumedFromStep = newestStep(outputDir)
      const resumed = await runOnce(form, outputDir)
      outcomes.push({
        killedAfterStep: step,
        resumedFromStep,
        sameLosses: JSON.stringify(resumed?.losses) === JSON.stringify(whole?.losses),
        sameAdapter: resumed?.adapter === whole?.adapter,
      })
      rmSync(outputDir, { recursive: true })
    }
    return outcomes
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function newestStep(outputDir: string): number {
  try {
    const steps = readdirSync(outputDir).flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? [])
    return Math.max(0, ...steps.map(Number))
  } catch {
    return 0
  }
}
