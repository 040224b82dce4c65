import path from 'node:path'
import { MedtuneError } from '../../../errors.js'
import { readNotebook, writeNotebook } from '../../../notebook/notebook-file.js'
import { type CellProgress, NotebookRunner, type RunReport } from '../../../notebook/notebook-runner.js'
import { errorText } from '../../../notebook/output-text.js'
import type { NotebookParameters } from '../../../notebook/parameters.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'

export const runCommand: Command = defineCommand({
  name: 'run',
  description:
    'Run a notebook from the top in a fresh kernel, without a browser and without Python.\n' +
    'Outputs and counts are saved as it goes; the run stops at the first error and shows the cell.',
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
    const runner = new NotebookRunner(await readNotebook(file), {
      folder: path.dirname(path.resolve(file)),
      parameters: parseParameters(values.parameter),
      signal,
      ...(kernel === undefined ? {} : { kernelName: kernel }),
      ...(timeout === undefined ? {} : { cellTimeoutMs: timeout * 1000 }),
      onCellEnd: ({ seconds, isOk, ...cell }) =>
        output.print(`${describeCell(cell)}  ${isOk ? 'ok' : 'failed'}  ${seconds.toFixed(1)} s`),
      onSave: (notebook) => writeNotebook(target, notebook),
    })
    const report = await runner.run()
    if (report.failure) output.warn(describeFailure(report.failure))
    else output.print(`${report.cells} cells ran in ${report.seconds.toFixed(1)} s; saved in ${target}`)
    output.result({
      notebook: target,
      cells: report.cells,
      seconds: report.seconds,
      failedCell: report.failure?.index ?? null,
      error: report.failure
        ? { ename: report.failure.error.ename, evalue: report.failure.error.evalue }
        : null,
    })
    return report.failure ? exitCodes.job : exitCodes.ok
  },
})

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
  const firstLine = cell.source.split('\n').find((line) => line.trim() !== '' && !line.startsWith('//')) ?? ''
  const width = String(total).length
  return `[${String(index).padStart(width)}/${total}] ${firstLine.slice(0, 60).padEnd(60)}`
}

function describeFailure({ cell, index, error }: NonNullable<RunReport['failure']>): string {
  const code = cell.source.split('\n').map((line, number) => `${String(number + 1).padStart(4)} | ${line}`)
  return [`Cell ${index} failed:`, '', ...code, '', errorText(error)].join('\n')
}
