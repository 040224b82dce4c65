// @ts-check
'use strict'
// What the notebook's panels ask the kernel about itself, over comms named `medtune.inspector`. The front end opens
// one; a question `{ id, ask, … }` is answered by `{ id, … }`, and `{ event: 'ran' }` comes after every cell.
const { describeValue } = require('./describe-value.cjs')

const TARGET = 'medtune.inspector'

/**
 * @typedef {object} InspectorOptions
 * @property {import('./comms.cjs').Comms} comms
 * @property {import('./cell-scope.cjs').CellScope} scope
 * @property {import('./cell-log.cjs').CellLog} log
 * @property {(method: string, ...parameters: unknown[]) => Promise<any>} language
 */

/** @param {import('./cell-scope.cjs').CellScope} scope */
function listVariables(scope) {
  const found = []
  for (const { name, isImported, get } of scope.entries()) {
    try {
      found.push({ name, isImported, ...describeValue(get()) })
    } catch {
      // Declared by a cell that failed before it gave the variable a value.
    }
  }
  return found
}

/** @param {InspectorOptions} options */
function installInspector({ comms, scope, log, language }) {
  /** @type {Set<import('./comms.cjs').Comm>} */
  const open = new Set()

  /** @param {{ ask: string, sources?: string[] }} question */
  const answer = async ({ ask, sources = [] }) => {
    if (ask === 'variables') return { variables: listVariables(scope) }
    if (ask === 'runs') return { runs: log.runs }
    if (ask === 'names')
      return { names: await Promise.all(sources.map((source) => language('names', source))) }
    return { error: `${ask} is not among the questions variables, runs, names` }
  }

  comms.registerTarget(TARGET, (comm) => {
    open.add(comm)
    comm.onClose.push(() => open.delete(comm))
    comm.onMessage.push(async ({ id, ...question }) => comm.send({ id, ...(await answer(question)) }))
  })
  return {
    /** A cell has finished. */
    tellRan() {
      for (const comm of open) comm.send({ event: 'ran' })
    },
  }
}

module.exports = { installInspector }
