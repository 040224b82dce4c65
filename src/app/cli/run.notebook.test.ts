import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { codeCell, makeNotebook, temporaryFolder } from '../../notebook/notebook.fixture.js'
import { readNotebook, writeNotebook } from '../../notebook/notebook-file.js'
import { repositoryRoot } from '../../test-data.fixture.js'

interface Run {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<number | null>
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const command = [path.join(repositoryRoot, 'src/app/cli/bin.mjs'), 'run', ...args]
  const child = spawn(process.execPath, command, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  return { child, said: () => said, ended: new Promise((resolve) => child.once('close', resolve)) }
}

async function run(args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const { ended, said } = start(args)
  return { code: await ended, said: said() }
}

describe('medtune run', () => {
  test('goes on after errors where they are allowed, stops a cell that takes too long, and reports on each cell', async () => {
    const folder = await temporaryFolder()
    const at = (name: string) => path.join(folder, name)
    const tagged = codeCell("throw new Error('expected')", { metadata: { tags: ['raises-exception'] } })
    const cells = [
      codeCell('let kept = 1'),
      codeCell("throw new TypeError('no')"),
      tagged,
      codeCell('for (;;) {}'),
      codeCell('console.log(kept + 41)'),
    ]
    await writeNotebook(at('n.ipynb'), makeNotebook(...cells))
    const options = ['--allow-errors', '--timeout', '10', '--junit', at('n.xml'), '--summary', at('n.json')]
    const { code, said } = await run([at('n.ipynb'), ...options])
    expect(code, said).toBe(0)
    const summary = JSON.parse(readFileSync(at('n.json'), 'utf8'))
    expect(summary, said).toMatchObject({ passed: 3, failed: 2, skipped: 0 })
    expect(summary.cells.map((cell: { error?: { ename: string } }) => cell.error?.ename)).toEqual([
      ...[undefined, 'TypeError', 'Error', 'CELL_FAILED', undefined],
    ])
    expect((await readNotebook(at('n.ipynb'))).cells[4]).toMatchObject({ outputs: [{ text: '42\n' }] })
    expect(readFileSync(at('n.xml'), 'utf8')).toContain('tests="5" failures="2"')
    expect(said).toMatch(/\[2\/5\] throw new TypeError.*failed .* s {2}ETA \d+:\d\d/)
    expect(said).toContain('2 failed, 0 did not run')
  })

  test('without, it stops there; what did not run is skipped in the report', async () => {
    const folder = await temporaryFolder()
    const at = (name: string) => path.join(folder, name)
    await writeNotebook(at('n.ipynb'), makeNotebook(codeCell('for (;;) {}'), codeCell('1')))
    const { code } = await run([at('n.ipynb'), '--timeout', '1', '--summary', at('n.json')])
    expect(code).toBe(7)
    expect(JSON.parse(readFileSync(at('n.json'), 'utf8'))).toMatchObject({ passed: 0, failed: 1, skipped: 1 })
  })

  test('takes values from a file; those of the command line go before', async () => {
    const folder = await temporaryFolder()
    const at = (name: string) => path.join(folder, name)
    const declared = codeCell("let steps = 1\nlet name = ''\nlet list = [0]", {
      metadata: { tags: ['parameters'] },
    })
    await writeNotebook(
      at('n.ipynb'),
      makeNotebook(declared, codeCell('console.log(steps, name, list.length)')),
    )
    writeFileSync(at('p.json'), JSON.stringify({ steps: 2, name: 'file', list: [1, 2, 3] }))
    const { code, said } = await run([at('n.ipynb'), '--parameters', at('p.json'), '-p', 'steps=20'])
    expect(code, said).toBe(0)
    expect((await readNotebook(at('n.ipynb'))).cells[2]).toMatchObject({ outputs: [{ text: '20 file 3\n' }] })
    writeFileSync(at('p.json'), '[1]')
    expect(await run([at('n.ipynb'), '--parameters', at('p.json')])).toMatchObject({
      code: 2,
      said: expect.stringContaining('must be a JSON object'),
    })
    expect((await run([at('n.ipynb'), '--parameters', at('none.json')])).code).toBe(3)
  })

  test('Ctrl-C leaves no kernel, no connection file and a whole notebook', async () => {
    const folder = await temporaryFolder()
    const file = path.join(folder, 'n.ipynb')
    const cells = [
      codeCell("import { writeFileSync } from 'node:fs'\nwriteFileSync('pid', String(process.pid))"),
      codeCell('for (;;) {}'),
    ]
    await writeNotebook(file, makeNotebook(...cells))
    const { child, ended, said } = start([file], { TMPDIR: folder })
    await expect.poll(said, { timeout: 60_000 }).toContain('[1/2]')
    const pid = Number(readFileSync(path.join(folder, 'pid'), 'utf8'))
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    child.kill('SIGINT')
    expect(await ended, said()).toBe(130)
    expect(existsSync(`/proc/${pid}`)).toBe(false)
    expect(readdirSync(folder).filter((name) => name.startsWith('medtune-kernel-'))).toEqual([])
    expect((await readNotebook(file)).cells).toHaveLength(2)
  })
})
