// @ts-check
'use strict'
// Errors of user code as Jupyter shows them: name, message, and a stack without the kernel's own frames.
const path = require('node:path')
const { inspect } = require('node:util')

/** @typedef {import('./diagnostics.cjs').ErrorReport} ErrorReport */

const OWN_FOLDERS = [__dirname, path.dirname(require.resolve('tslab/package.json'))]

/** @param {string} line */
const isOwnFrame = (line) =>
  /^\s+at /.test(line) && (/\(?node:/.test(line) || OWN_FOLDERS.some((folder) => line.includes(folder)))

class InterruptError extends Error {
  /** @override */
  name = 'Interrupted'
}

/**
 * @param {unknown} error
 * @param {import('./cell-positions.cjs').CellPositions} positions
 * @returns {ErrorReport}
 */
function describeError(error, positions) {
  // A cell throws objects of its own kind: `instanceof Error` fails for errors of other realms.
  if (typeof error !== 'object' || error === null || !('message' in error)) {
    const evalue = typeof error === 'string' ? error : inspect(error)
    return { ename: 'Thrown', evalue, traceback: [`Thrown: ${evalue}`] }
  }
  const ename = 'name' in error && typeof error.name === 'string' && error.name !== '' ? error.name : 'Error'
  const evalue = String(error.message)
  if (error instanceof InterruptError) return { ename, evalue, traceback: [`${ename}: ${evalue}`] }
  const lines = inspect(error).split('\n')
  return { ename, evalue, traceback: positions.explain(lines.filter((line) => !isOwnFrame(line))) }
}

module.exports = { InterruptError, describeError }
