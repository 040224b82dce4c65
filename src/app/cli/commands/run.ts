import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomically } from '../../../atomic-file.js'
import { MedtuneError } from '../../../errors.js'
import { readNotebook, writeNotebook } from '../../../notebook/notebook-file.js'
import {
  type CellProgress,
  cellsToRun,
  NotebookRunner,
  type RunOptions,
  type RunReport,
} from '../../../notebook/notebook-runner.js'
import { errorText } from '../../../notebook/output-text.js'
import type { NotebookParameters } from '../../../notebook/parameters.js'
import { type RunSummary, summarizeRun, titleOf, toJunit } from '../../../notebook/run-summary.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import type { Output } from '../output.js'
import { formatDuration, type Progress } from '../progress-bar.js'

export const runCommand: Command = defineCommand({
  name: 'run',
  description:
    'Run a notebook from the top in a fresh kernel, without a browser and without Python.\n' +
    'Outputs and counts are saved as it goes; the run stops at the first error and shows the cell.\n' +
    'A cell tagged raises-exception may fail.',
  usage: 'run NOTEBOOK',
  maxPositionals: 1,
  options: {
    parameter: {
      type: 'string',
      short: 'p',
      multiple: true,
      valueName: 'NAME=VALUE',
      description: 'Value for a variable of the cell tagged "parameters". May be repeated.',
    },
    output: {
      type: 'string',
      short: 'o',
      valueName: 'FILE',
      description: 'Where the executed notebook goes (default: the notebook itself).',
    },
    parameters: {
      type: 'string',
      valueName: 'FILE',
      description: 'JSON object with values by name; --parameter goes before it.',
    },
    allowErrors: {
      type: 'boolean',
      description: 'Go on after a cell that fails, and end with exit code 0.',
    },
    junit: { type: 'string', valueName: 'FILE', description: "Write how each cell ended, as JUnit's XML." },
    summary: { type: 'string', valueName: 'FILE', description: 'Write how each cell ended, as JSON.' },
    timeout: {
      type: 'number',
      valueName: 'SECONDS',
      description: 'Longest time a cell may take (default: no limit).',
    },
    kernel: {
      type: 'string',
      valueName: 'NAME',
      description: 'Another kernel than the one the notebook names.',
    },
  },
  examples: [
    {
      command: 'medtune run notebooks/prepare-medical-data.ipynb',
      does: 'Runs it and saves its outputs in it.',
    },
    {
      command: 'medtune run notebooks/finetuning-medical.ipynb -p maxSteps=20 -o out.ipynb',
      does: 'Runs it with another value and leaves the notebook as it is.',
    },
    {
      command:
        'medtune run notebooks/prepare-medical-data.ipynb -o out.ipynb --timeout 600 --junit cells.xml',
      does: 'Runs it in continuous integration: a cell that takes ten minutes fails, the report has a line per cell.',
    },
  ],
  async run({ values, positionals, output, signal }) {
    const [file] = positionals
    if (file === undefined) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        'run needs a notebook; none was given. Write: medtune run NOTEBOOK',
      )
    }
    const { timeout, kernel } = values
    if (timeout !== undefined && timeout <= 0) {
      throw new MedtuneError('INVALID_ARGUMENT', `--timeout must be > 0 seconds; got ${timeout}.`)
    }
    const target = values.output ?? file
    const notebook = await readNotebook(file)
    const parameters = { ...(await readParameters(values.parameters)), ...parseParameters(values.parameter) }
    const startedAt = new Date()
    const progress = showProgress(output)
    const runner = new NotebookRunner(notebook, {
      folder: path.dirname(path.resolve(file)),
      parameters,
      signal,
      ...(kernel === undefined ? {} : { kernelName: kernel }),
      ...(timeout === undefined ? {} : { cellTimeoutMs: timeout * 1000 }),
      allowsErrors: values.allowErrors === true,
      ...progress,
      onSave: (executed) => writeNotebook(target, executed),
    })
    const report = await runner.run().finally(progress.finish)
    const facts = { name: path.basename(file), startedAt, report, cells: cellsToRun(notebook) }
    const summary = summarizeRun(facts)
    if (values.junit !== undefined) await writeFileAtomically(values.junit, toJunit(summary))
    if (values.summary !== undefined)
      await writeFileAtomically(values.summary, `${JSON.stringify(summary, null, 2)}\n`)
    describeRun(output, { report, summary, target })
    return report.failure && !values.allowErrors ? exitCodes.job : exitCodes.ok
  },
})

function describeRun(
  output: Output,
  { report, summary, target }: { report: RunReport; summary: RunSummary; target: string },
): void {
  const { failure, cells, seconds, results } = report
  for (const { isOk, error, ...cell } of results)
    if (!isOk && error !== undefined) output.warn(describeFailure({ ...cell, error }))
  const failed = summary.failed === 0 ? '' : `, ${summary.failed} failed, ${summary.skipped} did not run`
  output.print(`${cells} cells ran in ${seconds.toFixed(1)} s${failed}; saved in ${target}`)
  output.result({
    notebook: target,
    ...{ cells, seconds, passed: summary.passed, failed: summary.failed, skipped: summary.skipped },
    failedCell: failure?.index ?? null,
    error: failure ? { ename: failure.error.ename, evalue: failure.error.evalue } : null,
  })
}

/** A line for each cell that ended, and under them a bar that moves while one runs. */
function showProgress(
  output: Output,
): Required<Pick<RunOptions, 'onCellStart' | 'onCellEnd'>> & { finish(): void } {
  const startedAtMs = performance.now()
  let bar: Progress | undefined
  let timer: NodeJS.Timeout | undefined
  return {
    onCellStart({ cell, index, total }) {
      bar ??= output.progress({ label: 'cells', total })
      const draw = (): void => bar?.update(index - 1, titleOf(cell.source))
      draw()
      timer = setInterval(draw, 1000)
    },
    onCellEnd({ cell, index, total, seconds, isOk }) {
      clearInterval(timer)
      bar?.finish()
      const left = ((performance.now() - startedAtMs) / 1000 / index) * (total - index)
      const eta = index === total ? '' : `  ETA ${formatDuration(left)}`
      const title = describeCell({ cell, index, total })
      output.print(`${title}  ${isOk ? 'ok' : 'failed'}  ${seconds.toFixed(1)} s${eta}`)
    },
    finish() {
      clearInterval(timer)
      bar?.finish()
    },
  }
}

/** @throws MedtuneError FILE_NOT_FOUND, INVALID_ARGUMENT */
async function readParameters(file: string | undefined): Promise<NotebookParameters> {
  if (file === undefined) return {}
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new MedtuneError(
      'FILE_NOT_FOUND',
      `--parameters must be a file that can be read; ${file} cannot.`,
      { cause },
    )
  })
  try {
    const values: unknown = JSON.parse(text)
    if (typeof values === 'object' && values !== null && !Array.isArray(values))
      return values as NotebookParameters
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `--parameters must be a JSON object such as {"maxSteps": 20}; ${file} is none.`,
  )
}

/** `name=value` pairs; what a value means depends on the variable it is for. */
function parseParameters(pairs: readonly string[]): NotebookParameters {
  const entries = pairs.map((pair): [string, string] => {
    const [, name, value] = /^([A-Za-z_$][\w$]*)=([\s\S]*)$/.exec(pair) ?? []
    if (name === undefined || value === undefined) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `-p must be NAME=VALUE; got ${JSON.stringify(pair)}. Example: -p maxSteps=20`,
      )
    }
    return [name, value]
  })
  return Object.fromEntries(entries)
}

/** `[3/12] const model = await loadCausalLM(…` */
function describeCell({ cell, index, total }: CellProgress): string {
  const width = String(total).length
  return `[${String(index).padStart(width)}/${total}] ${titleOf(cell.source).padEnd(60)}`
}

function describeFailure({ cell, index, error }: NonNullable<RunReport['failure']>): string {
  const code = cell.source.split('\n').map((line, number) => `${String(number + 1).padStart(4)} | ${line}`)
  return [`Cell ${index} failed:`, '', ...code, '', errorText(error)].join('\n')
}
