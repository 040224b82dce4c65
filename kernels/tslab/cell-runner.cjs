// @ts-check
'use strict'
// Runs cells, one after the other, in the main thread of the kernel process.
const { CellLog } = require('./cell-log.cjs')
const { CellPositions } = require('./cell-positions.cjs')
const { CellScope } = require('./cell-scope.cjs')
const { runScript } = require('./cell-script.cjs')
const { describeError, InterruptError } = require('./error-report.cjs')
const { toMimeBundle } = require('./mime-bundle.cjs')
const { RunningCell } = require('./running-cell.cjs')

/** `?name` and `name?` ask for help, as in IPython. */
const HELP = /^\s*(?:\?+\s*(?<before>[\w.$]+)|(?<after>[\w.$]+)\s*\?+)\s*$/

/** An error that already has the form Jupyter shows. */
class ReportedError extends Error {
  /** @param {import('./diagnostics.cjs').ErrorReport} report */
  constructor(report) {
    super(report.evalue)
    this.report = report
  }
}

/**
 * @typedef {object} ExecuteRequest
 * @property {string} cell
 * @property {number} executionCount
 * @property {string} cellId  the notebook's id of the cell, if the front end told it
 * @property {{ code: string, silent?: boolean, allow_stdin?: boolean, user_expressions?: Record<string, string> }} content
 *
 * @typedef {object} RunnerOptions
 * @property {Int32Array} flags
 * @property {(method: string, ...parameters: unknown[]) => Promise<any>} language
 * @property {import('./cell-output.cjs').CellOutput} output
 * @property {ReturnType<typeof import('./cell-modules.cjs').createCellModules>} modules
 * @property {(event: object) => void} post
 * @property {() => void} onFinished  a cell has ended
 * @property {Promise<string>} prepared  resolves to what the user must know, when the package is ready for import
 */

class CellRunner {
  #options
  scope = new CellScope()
  log = new CellLog()
  #positions = new CellPositions()
  /** @type {RunningCell | undefined} */
  #running

  /** @param {RunnerOptions} options */
  constructor(options) {
    this.#options = options
  }

  get running() {
    return this.#running
  }

  /** @param {ExecuteRequest} request */
  async execute({ cell: id, executionCount, cellId, content }) {
    const { flags, output, post } = this.#options
    const cell = new RunningCell({ id, executionCount, flags, allowStdin: content.allow_stdin === true })
    this.#running = cell
    output.cell = cell
    let result = null
    let reply
    try {
      const notice = await this.#options.prepared
      if (notice !== '') process.stderr.write(notice)
      const value = await this.#runOrHelp(cell, content.code, content.silent === true ? undefined : cellId)
      if (value != null && content.silent !== true) result = this.#publishResult(value, executionCount)
      const user_expressions = await this.#evaluateAll(cell, content.user_expressions ?? {})
      reply = { status: 'ok', payload: cell.payload, user_expressions }
    } catch (error) {
      const report = this.#describe(error)
      output.publish('error', report)
      reply = { status: 'error', ...report }
    }
    cell.isFinished = true
    this.#running = undefined
    post({ kind: 'done', cell: id, reply, result })
    this.#options.onFinished()
  }

  interrupt() {
    const outcome = this.#running?.interrupt()
    if (outcome === 'stopping') {
      process.stderr.write(
        'Interrupted: waiting for the running job to stop. Interrupt again to stop waiting.\n',
      )
    }
  }

  /**
   * An error that no code of the cell handled: it must not pass unseen.
   *
   * @param {unknown} error
   */
  fail(error) {
    if (this.#running) this.#running.fail(error)
    else this.#options.output.publish('error', this.#describe(error))
  }

  /** @param {unknown} error */
  #describe(error) {
    return error instanceof ReportedError ? error.report : describeError(error, this.#positions)
  }

  /** @param {RunningCell} cell @param {string} code @param {string | undefined} cellId */
  async #runOrHelp(cell, code, cellId) {
    const help = HELP.exec(code)?.groups
    if (!help) return this.#run(cell, code, cellId)
    const name = help.before ?? help.after
    const { data, found } = await this.#options.language('inspect', name, name.length)
    const shown = found ? data : { 'text/plain': `Nothing is known about ${name}.` }
    cell.payload.push({ source: 'page', data: shown, start: 0 })
  }

  /**
   * @param {RunningCell} cell
   * @param {string} code
   * @param {string} [cellId]  undefined: no cell of a notebook, and not in the log
   * @returns {Promise<unknown>} the value of the last expression
   */
  async #run(cell, code, cellId) {
    const converted = await Promise.race([this.#options.language('convert', code), cell.ended])
    if (converted.error) throw new ReportedError(converted.error)
    if (converted.files) this.#options.modules.add(converted.files)
    if (!converted.output) return undefined
    const entry =
      cellId === undefined ? undefined : this.log.start({ cellId, source: code, names: converted.names })
    const scope = this.scope.forCell(converted.exportedNames, converted.resultName)
    try {
      // If the code is ended from outside, its promise is lost for ever; `ended` tells.
      await Promise.race([this.#evaluate(cell, code, converted, scope), cell.ended])
      // Node reports rejections that nobody handles at the end of a turn.
      await Promise.race([new Promise((resolve) => setImmediate(resolve)), cell.ended])
      if (cell.isInterrupted) throw new InterruptError('the cell was interrupted; it stopped by itself')
      if (entry) entry.status = 'ok'
    } catch (error) {
      if (entry) entry.status = 'error'
      scope.restoreUnreached()
      throw error
    }
    return converted.showsResult ? scope.result() : undefined
  }

  /**
   * @param {RunningCell} cell
   * @param {string} code
   * @param {import('./cell-script.cjs').ConvertedCell & { maps: string[] }} converted
   * @param {ReturnType<CellScope['forCell']>} scope
   */
  async #evaluate(cell, code, converted, scope) {
    const { modules, output } = this.#options
    const filename = this.#positions.add(cell.executionCount, { code, ...converted })
    try {
      await runScript(converted, filename, {
        exports: scope.exports,
        require: modules.require,
        cell: { bind: scope.bind, import: modules.import },
        console: output.consoleFor(cell),
      })
    } catch (error) {
      const isSigint =
        error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED'
      if (!isSigint) throw error
      cell.interrupt()
      throw new InterruptError('the cell was interrupted')
    }
  }

  /** @param {unknown} value @param {number} executionCount */
  #publishResult(value, executionCount) {
    const data = toMimeBundle(value)
    this.#options.output.publish('execute_result', { execution_count: executionCount, data, metadata: {} })
    return String(data['text/plain'] ?? '')
  }

  /** @param {RunningCell} cell @param {Record<string, string>} expressions */
  async #evaluateAll(cell, expressions) {
    /** @type {Record<string, object>} */
    const results = {}
    for (const [name, expression] of Object.entries(expressions)) {
      try {
        results[name] = { status: 'ok', data: toMimeBundle(await this.#run(cell, expression)), metadata: {} }
      } catch (error) {
        results[name] = { status: 'error', ...this.#describe(error) }
      }
    }
    return results
  }
}

module.exports = { CellRunner }
