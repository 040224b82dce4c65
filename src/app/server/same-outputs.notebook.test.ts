import { randomUUID } from 'node:crypto'
import { KernelManager, ServerConnection } from '@jupyterlab/services'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { CellOutputs, type DisplayRegistry } from '../../notebook/cell-outputs.js'
import type { Notebook } from '../../notebook/nbformat.js'
import { codeCell, makeNotebook } from '../../notebook/notebook.fixture.js'
import { NotebookRunner } from '../../notebook/notebook-runner.js'
import type { KernelMessage } from '../../notebook/wire-protocol.js'
import { startTestServer, type TestServer } from './server.fixture.js'

const sources = [
  "import { lossCurve, newDisplay } from 'medtune'\nconst live = newDisplay()",
  'for (const loss of [3, 2, 1]) live.update(lossCurve([{ step: 1, loss }]))',
  "console.log('a'); console.error('b'); console.log('c'); ({ x: [1, 2] })",
  'for (let i = 0; i < 20_000; i++) console.log(i)',
  "process.stdout.write('10 %\\r'); process.stdout.write('100 %\\n'); new Map([['k', 1]])",
  "await new Promise((done) => setTimeout(done, 30)); console.log('later')",
  "throw new RangeError('no')",
]

/** Runs the cells as a page does, through the server, until one fails. */
async function runOnServer(server: TestServer, notebook: Notebook): Promise<void> {
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: `${server.origin}/`,
    wsUrl: server.origin.replace('http', 'ws'),
    token: server.token,
    appendToken: true,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  })
  const manager = new KernelManager({ serverSettings })
  const kernel = await manager.startNew({ name: 'medtune' })
  const displays: DisplayRegistry = new Map()
  for (const cell of notebook.cells) {
    if (cell.cell_type !== 'code') continue
    const outputs = new CellOutputs(cell, displays)
    const future = kernel.requestExecute({ code: cell.source, stop_on_error: true })
    future.onIOPub = ({ header, content }) => {
      const message = { channel: 'iopub', header, parentHeader: {}, metadata: {}, content, buffers: [] }
      outputs.add(message as unknown as KernelMessage)
    }
    await future.done
  }
  await kernel.shutdown()
  manager.dispose()
}

/** Without what differs from run to run: ids that are drawn. */
function comparable(notebook: Notebook): unknown[] {
  return notebook.cells.map((cell) =>
    cell.cell_type === 'code' ? [cell.source, cell.execution_count, cell.outputs] : cell.source,
  )
}

test('a notebook that is run without a page and through the server has equal outputs', async () => {
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const make = () => makeNotebook(...sources.map((source) => codeCell(source, { id: randomUUID() })))
  const [headless, served] = [make(), make()]
  const report = await new NotebookRunner(headless, { folder: server.root }).run()
  expect(report.failure?.error.ename).toBe('RangeError')
  await runOnServer(server, served)
  expect(comparable(served)).toEqual(comparable(headless))
})
