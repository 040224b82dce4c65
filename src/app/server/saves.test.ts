import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../datasets/datasets.fixture.js'
import { type ServerProcess, startServerProcess } from './server-process.fixture.js'

const base = temporaryFolder()
const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0
const isRoot = process.getuid?.() === 0

function notebook(text: string): object {
  const output = { output_type: 'stream', name: 'stdout', text }
  const cell = {
    cell_type: 'code',
    id: 'a',
    metadata: {},
    source: '1',
    execution_count: 1,
    outputs: [output],
  }
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] }
}

function save(server: ServerProcess, name: string, body: object): Promise<Response> {
  return server.ask(`/api/contents/${name}`, { method: 'PUT', body: JSON.stringify(body) })
}

const saveNotebook = (server: ServerProcess, text: string) =>
  save(server, 'n.ipynb', { type: 'notebook', format: 'json', content: notebook(text) })

async function messageOf(response: Response): Promise<string> {
  return ((await response.json()) as { message: string }).message
}

test('a server that is killed while it saves leaves the old notebook or the new one, never a part', async () => {
  const seen = { old: 0, new: 0 }
  const run = async (first: number): Promise<void> => {
    const folder = mkdtempSync(path.join(base, 'killed-'))
    let before = ''
    for (let i = first; i < 20; i += 2) {
      const server = await startServerProcess({ folder })
      const file = path.join(server.root, 'n.ipynb')
      before ||= `${'first '.repeat(100_000)}`
      if (!existsSync(file)) writeFileSync(file, JSON.stringify(notebook(before)))
      const after = `save ${i} `.repeat(300_000)
      // Never waited for: who asks a process that is killed may hear nothing.
      void saveNotebook(server, after).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 10 + 10 * i))
      await server.kill('SIGKILL')
      console.log(Date.now() % 1e6, i, 'killed')
      const { cells } = JSON.parse(readFileSync(file, 'utf8')) as {
        cells: { outputs: { text: string | string[] }[] }[]
      }
      const text = [cells[0]?.outputs[0]?.text ?? ''].flat().join('')
      expect([before, after].includes(text), `neither old nor new: ${text.length} characters`).toBe(true)
      seen[text === after ? 'new' : 'old']++
      before = text
    }
  }
  await Promise.all([run(0), run(1)])
  expect(seen.old + seen.new).toBe(20)
})

describe('a disk that is full', () => {
  // Without the right to mount, a limit on the size of files stands for it: the write fails in the same place.
  const wrap = (root: string) => (command: readonly string[]) =>
    canMount
      ? [
          'unshare',
          '-rm',
          'sh',
          '-c',
          `mount -t tmpfs -o size=4m none '${root}' && exec "$@"`,
          'sh',
          ...command,
        ]
      : ['bash', '-c', `trap '' XFSZ; ulimit -f 3000; exec "$@"`, 'bash', ...command]

  test('is told of, the old file stays, nothing is left over, and with space saving goes on', async () => {
    const folder = mkdtempSync(path.join(base, 'full-'))
    const server = await startServerProcess({ folder, wrap: wrap(path.join(folder, 'root')) })
    onTestFinished(() => server.kill())
    expect((await saveNotebook(server, 'small')).status).toBe(201)
    const refused = await saveNotebook(server, 'x'.repeat(6_000_000))
    expect(refused.status).toBe(507)
    expect(await messageOf(refused)).toMatch(/free some space|too large/)
    const text = async () => JSON.stringify(await (await server.ask('/api/contents/n.ipynb')).json())
    expect(await text()).toContain('small')
    const part = (chunk: number) =>
      save(server, 'big.bin', {
        type: 'file',
        format: 'base64',
        chunk,
        content: Buffer.alloc(2_500_000).toString('base64'),
      })
    expect((await part(1)).status).toBe(201)
    expect((await part(2)).status).toBe(507)
    expect((await part(3)).status).toBe(400)
    expect((await server.ask('/api/contents/big.bin')).status).toBe(404)
    expect((await saveNotebook(server, 'y'.repeat(2_500_000))).status).toBe(200)
    expect(await text()).toContain('yyy')
  })
})

test.skipIf(isRoot && !canMount)(
  'a read-only folder is shown, and says why nothing is saved in it',
  async () => {
    const folder = mkdtempSync(path.join(base, 'read-only-'))
    const root = path.join(folder, 'root')
    const mount = `mount --bind '${root}' '${root}' && mount -o remount,ro,bind '${root}' && exec "$@"`
    const wrap = (command: readonly string[]) =>
      canMount
        ? ['unshare', '-rm', 'sh', '-c', mount, 'sh', ...command]
        : ['sh', '-c', `chmod 555 '${root}'; exec "$@"`, 'sh', ...command]
    const server = await startServerProcess({
      folder,
      wrap,
      prepare: () => writeFileSync(path.join(root, 'n.ipynb'), JSON.stringify(notebook('kept'))),
    })
    onTestFinished(() => server.kill())
    const refused = await saveNotebook(server, 'changed')
    expect(refused.status).toBe(403)
    expect(await messageOf(refused)).toMatch(/read-only/)
    for (const [method, address] of [
      ['DELETE', 'n.ipynb'],
      ['POST', ''],
    ] as const)
      expect((await server.ask(`/api/contents/${address}`, { method })).status).toBe(403)
    const model = (await (await server.ask('/api/contents/n.ipynb')).json()) as { writable: boolean }
    expect(JSON.stringify(model)).toContain('kept')
    if (canMount) expect(model.writable).toBe(false)
    expect(readdirSync(root)).toEqual(['n.ipynb'])
  },
)
