import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { installKernelSpec } from '../../notebook/install-kernel-spec.js'
import type { Benchmark, BenchmarkRow } from '../bench/benchmark.fixture.js'
import { announced } from '../bench/measure-cases.fixture.js'
import { type NotebookServer, startJupyter, startMedtune } from './jupyter-server.fixture.js'
import { connectToKernel } from './kernel-connection.fixture.js'

/** Milliseconds, or megabytes where the name says so. */
type Figures = Record<string, number>

interface Side {
  readonly name: string
  start(): Promise<NotebookServer>
  readonly kernel: string
  readonly burst: string
  readonly nothing: string
}

const typescript = {
  kernel: 'medtune',
  burst: 'for (let i = 0; i < 10_000; i++) console.log(i)',
  nothing: '1 + 1',
}
const python = { kernel: 'python3', burst: 'for i in range(10_000): print(i)', nothing: '1 + 1' }

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const startedAtMs = performance.now()
  const result = await work()
  return [performance.now() - startedAtMs, result]
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function measure(side: Side): Promise<Figures> {
  const [serverStartMs, server] = await timed(() => side.start())
  try {
    const idleMB = server.residentBytes() / 1e6
    const [pageMs] = await timed(async () => (await server.ask('/lab')).text())
    const [openNotebook50MBMs] = await timed(async () =>
      (await server.ask('/api/contents/large.ipynb?type=notebook')).text(),
    )
    const [open1000CellsMs] = await timed(async () =>
      (await server.ask('/api/contents/long.ipynb?type=notebook')).text(),
    )
    const [kernelReadyMs, client] = await timed(async () => {
      const body = JSON.stringify({ name: side.kernel })
      const { id } = (await (await server.ask('/api/kernels', { method: 'POST', body })).json()) as {
        id: string
      }
      const connection = await connectToKernel(server, id)
      connection.send('kernel_info_request', {})
      while (!connection.messages.some(({ header }) => header.msg_type === 'kernel_info_reply'))
        await new Promise((resolve) => setTimeout(resolve, 5))
      return connection
    })
    const [firstCellMs] = await timed(() => client.execute(side.nothing))
    const latencies: number[] = []
    for (let i = 0; i < 20; i++) latencies.push((await timed(() => client.execute(side.nothing)))[0])
    const [output10000LinesMs] = await timed(() => client.execute(side.burst))
    const afterwardsMB = server.residentBytes() / 1e6
    client.socket.close()
    return {
      ...{ serverStartMs, pageMs, openNotebook50MBMs, open1000CellsMs, kernelReadyMs, firstCellMs },
      ...{ cellLatencyMs: median(latencies), output10000LinesMs, idleMB, afterwardsMB },
    }
  } finally {
    await server.kill()
  }
}

function writeNotebooks(root: string): void {
  mkdirSync(root, { recursive: true })
  const cell = (index: number, text: string) => ({
    ...{ cell_type: 'code', id: `c${index}`, metadata: {}, source: `${index}`, execution_count: index },
    outputs: text === '' ? [] : [{ output_type: 'stream', name: 'stdout', text }],
  })
  const write = (name: string, cells: object[]) =>
    writeFileSync(
      path.join(root, name),
      JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }),
    )
  const megabyte = `${'x'.repeat(99)}\n`.repeat(10_000)
  write(
    'large.ipynb',
    Array.from({ length: 50 }, (_, index) => cell(index, megabyte)),
  )
  write(
    'long.ipynb',
    Array.from({ length: 1000 }, (_, index) => cell(index, '')),
  )
}

function toRow(
  what: string,
  rounds: readonly (readonly [string, Figures])[],
  sides: readonly Side[],
): BenchmarkRow {
  const medians = sides.map(({ name }) =>
    median(rounds.filter(([side]) => side === name).map(([, figures]) => figures[what] ?? Number.NaN)),
  )
  const [ours = Number.NaN, theirs] = medians
  const columns = sides.map(({ name }, index) => [name, Number(medians[index]?.toFixed(1))])
  const ratio =
    theirs === undefined ? {} : { 'medtune : JupyterLab, same kernel': Number((ours / theirs).toFixed(2)) }
  return { what, ...Object.fromEntries(columns), ...ratio }
}

export const benchmark: Benchmark = {
  name: 'notebook-server',
  suite: 'cpu',
  description:
    'the notebook server beside JupyterLab in Python with our kernel and with its own; medians of interleaved rounds',
  async run({ quick, python: interpreter }) {
    const folder = mkdtempSync(path.join(tmpdir(), 'medtune-bench-'))
    try {
      writeNotebooks(path.join(folder, 'root'))
      await installKernelSpec({ prefix: folder })
      const env = { JUPYTER_PATH: path.join(folder, 'share/jupyter') }
      const lab = () => startJupyter({ python: interpreter ?? '', module: 'jupyterlab', folder, env })
      const peers: Side[] = [
        { name: 'JupyterLab', start: lab, ...typescript },
        { name: 'JupyterLab, ipykernel', start: lab, ...python },
      ]
      const own: Side = { name: 'medtune', start: () => startMedtune({ folder }), ...typescript }
      const sides = interpreter === undefined ? [own] : [own, ...peers]
      // Builds what is not built yet.
      await (await own.start()).kill()
      const rounds: [string, Figures][] = []
      const turns = new Array<Side[]>(quick ? 1 : 5).fill(sides).flat()
      for (const side of announced(turns, ({ name }) => ({ what: name })))
        rounds.push([side.name, await measure(side)])
      return Object.keys(rounds[0]?.[1] ?? {}).map((what) => toRow(what, rounds, sides))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
