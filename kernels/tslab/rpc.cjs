// @ts-check
'use strict'
// Question and answer over a MessagePort: the threads of the kernel ask each other things without sharing state.

/**
 * @typedef {import('node:worker_threads').MessagePort} MessagePort
 * @typedef {(...parameters: any[]) => unknown} Handler
 */

/**
 * Answers requests that arrive on the port, in order.
 *
 * @param {MessagePort} port
 * @param {Record<string, Handler>} handlers
 */
function serve(port, handlers) {
  port.on('message', async ({ id, method, parameters }) => {
    try {
      port.postMessage({ id, result: await handlers[method](...parameters) })
    } catch (error) {
      port.postMessage({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
}

/**
 * @param {MessagePort} port
 * @returns {(method: string, ...parameters: unknown[]) => Promise<any>}
 */
function connect(port) {
  let lastId = 0
  /** @type {Map<number, { resolve(value: unknown): void, reject(error: Error): void }>} */
  const waiting = new Map()
  port.on('message', ({ id, result, error }) => {
    const caller = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) caller?.resolve(result)
    else caller?.reject(new Error(error))
  })
  return (method, ...parameters) =>
    new Promise((resolve, reject) => {
      lastId += 1
      waiting.set(lastId, { resolve, reject })
      port.postMessage({ id: lastId, method, parameters })
    })
}

module.exports = { serve, connect }
