import { spawn } from 'node:child_process'

export interface ProcessResult {
  readonly exitCode: number | null
  /** Name of the signal that ended it. */
  readonly endedBy: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. Never throws for a failing program; one that cannot be started has exit code 127. */
export function runProcess(
  program: string,
  args: readonly string[],
  options: { cwd?: string; signal?: AbortSignal; timeoutMs?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<ProcessResult> {
  const { timeoutMs, ...rest } = options
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...rest,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', (error) => resolve({ exitCode: 127, endedBy: null, stdout, stderr: error.message }))
    child.on('close', (exitCode, endedBy) => resolve({ exitCode, endedBy, stdout, stderr }))
  })
}
