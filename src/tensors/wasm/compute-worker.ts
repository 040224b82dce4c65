/** Integers of one task in the shared list: the kernel and up to 12 arguments. */
export const taskIntegers = 16
/** Tasks in the list, a power of two; a ticket's place is its number modulo this. */
export const taskSlots = 256

/**
 * Places in the shared state. Tickets are numbered for ever (modulo 2³²) and never given out again, so a worker that
 * wakes late cannot mistake an old task for a new one. `next` never passes `limit`, and whoever takes a ticket reads
 * `next` before `limit`: what lies below a limit read later may be taken.
 */
export const control = {
  /** Ticket after the last that may be taken. */
  limit: 0,
  /** Next ticket to take. */
  next: 1,
  /** Tasks that are finished. */
  done: 2,
  tasks: 16,
} as const

/**
 * What a worker runs, as CommonJS text: a worker that starts from text needs no file beside it, whether this package
 * runs from its sources, from `dist/` or from a bundle.
 */
export const computeWorkerSource: string = `
const { parentPort, workerData } = require('node:worker_threads')
const { memory, module, callable, scratch, state } = workerData
const { exports } = new WebAssembly.Instance(module, { heap: { memory } })
const functions = callable.map((name) => exports[name])
parentPort.postMessage('ready')
for (;;) {
  const ticket = Atomics.load(state, ${control.next})
  const limit = Atomics.load(state, ${control.limit})
  if (ticket === limit) {
    Atomics.wait(state, ${control.limit}, limit)
    continue
  }
  if (Atomics.compareExchange(state, ${control.next}, ticket, (ticket + 1) | 0) !== ticket) continue
  const at = ${control.tasks} + (ticket & ${taskSlots - 1}) * ${taskIntegers}
  functions[state[at]](...state.subarray(at + 1, at + 12), scratch)
  Atomics.add(state, ${control.done}, 1)
  Atomics.notify(state, ${control.done})
}
`
