// @ts-check
'use strict'
// A Jupyter kernel for TypeScript: `node kernel.cjs CONNECTION_FILE`. Three threads: this one runs user code, one
// speaks Jupyter, one knows TypeScript (tslab's converter).
const { readFileSync } = require('node:fs')
const path = require('node:path')
const { MessageChannel, Worker } = require('node:worker_threads')
const { CellOutput } = require('./cell-output.cjs')
const { CellRunner } = require('./cell-runner.cjs')
const { createCellModules } = require('./cell-modules.cjs')
const { Comms } = require('./comms.cjs')
const { installKernelHost } = require('./kernel-host.cjs')
const { installInspector } = require('./inspector.cjs')
const { FLAG, makeFlags } = require('./interrupt-flags.cjs')
const { buildPackage, packageRoot } = require('./package-build.cjs')
const { connect } = require('./rpc.cjs')

const EXIT_FLUSH_MS = 1000

/** @param {string} name @param {object} workerData @param {import('node:worker_threads').MessagePort[]} ports */
function startThread(name, workerData, ports) {
  const worker = new Worker(path.join(__dirname, name), { workerData, transferList: ports })
  worker.on('error', (error) => {
    process.stderr.write(`medtune kernel: ${name} failed: ${error.stack}\n`)
    process.exit(1)
  })
}

function main() {
  const connectionFile = process.argv[2]
  if (connectionFile === undefined) {
    process.stderr.write(
      'usage: node kernel.cjs CONNECTION_FILE (Jupyter front ends start it; see kernels/tslab/README.md)\n',
    )
    process.exit(2)
  }
  const connection = JSON.parse(readFileSync(connectionFile, 'utf8'))
  const folder = process.cwd()
  const flags = makeFlags()
  const jupyter = new MessageChannel()
  const forCells = new MessageChannel()
  const forJupyter = new MessageChannel()
  startThread(
    'protocol-worker.cjs',
    { connection, cells: jupyter.port2, language: forJupyter.port1, flags },
    [jupyter.port2, forJupyter.port1],
  )
  const ports = [forCells.port2, forJupyter.port2]
  startThread('language-worker.cjs', { ports, folder, packageRoot }, ports)

  const post = (/** @type {object} */ event) => jupyter.port1.postMessage(event)
  const output = new CellOutput(post)
  const comms = new Comms(output)
  const host = installKernelHost({ output, comms, post })
  const displayTslab = (/** @type {any} */ { data, transient }, /** @type {boolean} */ isUpdate) =>
    output.display(data, { displayId: transient.display_id, isUpdate })
  const modules = createCellModules({ folder, packageRoot, displayTslab })
  const language = connect(forCells.port1)
  const runner = new CellRunner({
    flags,
    language,
    output,
    modules,
    post,
    prepared: buildPackage(),
    onFinished: () => inspector.tellRan(),
  })
  const inspector = installInspector({ comms, scope: runner.scope, log: runner.log, language })
  output.captureStreams()
  listen({ port: jupyter.port1, runner, comms, host })
  handleProcessEvents({ runner, flags, post })
}

/**
 * @param {{ port: import('node:worker_threads').MessagePort, runner: CellRunner, comms: Comms,
 *   host: ReturnType<typeof installKernelHost> }} parts
 */
function listen({ port, runner, comms, host }) {
  port.on('message', (event) => {
    if (event.kind === 'execute') runner.execute(event)
    else if (event.kind === 'interrupt') runner.interrupt()
    else if (event.kind === 'input') host.answerInput(event.value)
    else if (event.kind === 'comm') comms.receive(event.type, event.content, event.buffers)
    else if (event.kind === 'shutdown') process.exit(0)
  })
}

/** @param {{ runner: CellRunner, flags: Int32Array, post(event: object): void }} parts */
function handleProcessEvents({ runner, flags, post }) {
  process.on('SIGINT', () => runner.interrupt())
  process.on('uncaughtException', (error) => runner.fail(error))
  process.on('unhandledRejection', (error) => runner.fail(error))
  process.on('exit', (code) => {
    const { running } = runner
    const evalue = `the code ended the kernel process with exit code ${code}`
    const reply = { status: 'error', ename: 'KernelExited', evalue, traceback: [`KernelExited: ${evalue}`] }
    if (running) post({ kind: 'done', cell: running.id, reply, result: null })
    post({ kind: 'exiting' })
    Atomics.wait(flags, FLAG.flushed, 0, EXIT_FLUSH_MS)
  })
}

main()
