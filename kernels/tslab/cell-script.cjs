// @ts-check
'use strict'
// A converted cell as a script: a function body whose top-level variables stay reachable from later cells.
const vm = require('node:vm')

/** Where a script finds its arguments: Node can end a script by SIGINT, but not a call into one. */
const ARGUMENTS = 'medtune.cell-arguments'

/**
 * @typedef {object} ConvertedCell
 * @property {string} output
 * @property {boolean} isAsync
 * @property {import('./cell-bindings.cjs').Binding[]} bindings
 *
 * @typedef {object} CellArguments
 * @property {object} exports
 * @property {(id: string) => unknown} require
 * @property {{ bind: Function, import: (specifier: string) => Promise<unknown> }} cell
 * @property {Console} console
 */

/** @param {import('./cell-bindings.cjs').Binding} binding */
function accessor({ name, isConst, isImported }) {
  const setter = isConst ? '' : `, set: (__value) => { ${name} = __value }`
  const imported = isImported ? ', isImported: true' : ''
  return `${JSON.stringify(name)}: { get: () => ${name}${setter}${imported} }`
}

/**
 * Runs the cell up to its first wait; SIGINT ends this part with ERR_SCRIPT_EXECUTION_INTERRUPTED.
 *
 * @param {ConvertedCell} converted
 * @param {string} filename
 * @param {CellArguments} cellArguments
 * @returns {unknown} for a cell that awaits, a promise of its end
 */
function runScript({ output, isAsync, bindings }, filename, cellArguments) {
  const { exports, require, cell, console } = cellArguments
  // All on one line before the code, so that line numbers stay what they are.
  const source = [
    '(function (exports, require, __cell, console) { "use strict"; ',
    `return (${isAsync ? 'async ' : ''}() => { __cell.bind({ ${bindings.map(accessor).join(', ')} });\n`,
    `${output}\n})() })(...globalThis[Symbol.for(${JSON.stringify(ARGUMENTS)})])`,
  ].join('')
  Reflect.set(globalThis, Symbol.for(ARGUMENTS), [exports, require, cell, console])
  return new vm.Script(source, { filename, lineOffset: -1 }).runInThisContext({
    breakOnSigint: true,
    displayErrors: false,
  })
}

module.exports = { runScript }
