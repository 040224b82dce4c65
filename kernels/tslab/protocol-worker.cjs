// @ts-check
'use strict'
// The thread that speaks Jupyter: sockets, heartbeat, interrupts, shutdown.
const { Session: InspectorSession } = require('node:inspector')
const { workerData } = require('node:worker_threads')
const { connect } = require('./rpc.cjs')
const { FLAG } = require('./interrupt-flags.cjs')
const { KernelSession } = require('./kernel-session.cjs')
const { openSockets } = require('./sockets.cjs')

/** How long user code may take to return to its event loop before an interrupt ends it where it stands. */
const BLOCKED_AFTER_MS = 250
/** How long an exit waits for user code to see it; then the process ends all the same. */
const EXIT_AFTER_MS = 1000
const PARENT_CHECK_MS = 2000

/** @type {{ connection: import('./sockets.cjs').Connection, cells: import('node:worker_threads').MessagePort,
 *   language: import('node:worker_threads').MessagePort, flags: Int32Array }} */
const { connection, cells, language, flags } = workerData

/** The last resort for a cell that never returns to its event loop: V8 ends whatever the main thread computes. */
function terminateMainThread() {
  const inspector = new InspectorSession()
  inspector.connectToMainThread()
  inspector.post('Runtime.terminateExecution', () => inspector.disconnect())
}

function interrupt() {
  if (!session.isRunning) return
  const asked = Atomics.add(flags, FLAG.asked, 1) + 1
  const isSecond = asked - Atomics.load(flags, FLAG.seen) > 1
  // Node can break into the first, synchronous part of a cell by SIGINT; Windows has no such signal.
  if (process.platform === 'win32') cells.postMessage({ kind: 'interrupt' })
  else process.kill(process.pid, 'SIGINT')
  setTimeout(() => {
    const isSeen = Atomics.load(flags, FLAG.seen) >= asked
    const mayFinish = Atomics.load(flags, FLAG.listening) === 1 && !isSecond
    if (!isSeen && !mayFinish && session.isRunning) terminateMainThread()
  }, BLOCKED_AFTER_MS)
}

async function exit() {
  await session.flushed()
  sockets?.close()
  cells.postMessage({ kind: 'shutdown' })
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), EXIT_AFTER_MS)
}

/** A kernel whose starter is gone would run for ever, blocked or not. */
function watchParent() {
  if (!process.env.JPY_PARENT_PID) return
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
  }, PARENT_CHECK_MS).unref()
}

const session = new KernelSession({
  connection,
  language: connect(language),
  toCells: (message) => cells.postMessage(message),
  interrupt,
  exit,
})
/** @type {Awaited<ReturnType<typeof openSockets>> | undefined} */
let sockets

cells.on('message', async (event) => {
  if (event.kind !== 'exiting') return session.onCellEvent(event)
  await session.flushed()
  sockets?.close()
  Atomics.store(flags, FLAG.flushed, 1)
  Atomics.notify(flags, FLAG.flushed)
})

openSockets(connection, {
  shell: (frames) => session.receive('shell', frames),
  control: (frames) => session.receive('control', frames),
  stdin: (frames) => session.receiveInput(frames),
}).then((opened) => {
  sockets = opened
  session.start(opened)
  watchParent()
})
