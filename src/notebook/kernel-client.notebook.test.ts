import { existsSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { KernelClient } from './kernel-client.js'
import { contents, execute } from './notebook.fixture.js'

let client: KernelClient
beforeAll(async () => {
  client = await KernelClient.start({ folder: path.join(repositoryRoot, 'data') })
})
afterAll(() => client.shutdown())

const run = (code: string, onOutput?: Parameters<typeof execute>[2]) => execute(client, code, onOutput)
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('an interrupt', () => {
  const interruptWhenBusy = async (code: string) => {
    let isAsked = false
    return run(code, ({ header, content }) => {
      if (isAsked || header.msg_type !== 'stream' || !String(content.text).includes('go')) return
      isAsked = true
      void client.interrupt()
    })
  }

  test('ends an endless loop and keeps the variables', async () => {
    await run('let survivor = 5')
    expect((await interruptWhenBusy("console.log('go'); while (true) {}")).reply).toMatchObject({
      ename: 'Interrupted',
    })
    expect(contents(await run('survivor'), 'execute_result')[0]).toMatchObject({
      data: { 'text/plain': '5' },
    })
  })

  test('ends an endless loop after an await', async () => {
    const code = "await new Promise((r) => setTimeout(r, 1)); console.log('go'); while (true) {}"
    expect((await interruptWhenBusy(code)).reply).toMatchObject({ ename: 'Interrupted' })
    expect((await run('1')).reply.status).toBe('ok')
  })

  test('silences what keeps running', async () => {
    const code = "setInterval(() => console.log('tick'), 20); console.log('go'); await new Promise(() => {})"
    expect((await interruptWhenBusy(code)).reply).toMatchObject({ ename: 'Interrupted' })
    const next = await run('await new Promise((r) => setTimeout(r, 200))')
    expect(next.stdout).toBe('')
  })

  test('reaches library code as an AbortSignal, which may finish its work', async () => {
    const execution = await interruptWhenBusy(`
import { interruptSignal } from 'medtune'
async function job(signal: AbortSignal): Promise<string> {
  console.log('go')
  while (!signal.aborted) await new Promise((r) => setTimeout(r, 5))
  await new Promise((r) => setTimeout(r, 100))
  console.log('saved')
  return 'finished'
}
const outcome = await job(interruptSignal())`)
    expect(execution.stdout).toBe('go\nsaved\n')
    expect(execution.reply).toMatchObject({ status: 'error', ename: 'Interrupted' })
    expect(contents(await run('outcome'), 'execute_result')[0]).toMatchObject({
      data: { 'text/plain': "'finished'" },
    })
  })

  test('a second time ends code that holds the signal and does not stop', async () => {
    const running = interruptWhenBusy("interruptSignal(); console.log('go'); await new Promise(() => {})")
    await wait(1500)
    await client.interrupt()
    expect((await running).reply).toMatchObject({ ename: 'Interrupted' })
  })
})

describe('requests', () => {
  test('are answered while a cell computes', async () => {
    const running = run('const until = Date.now() + 1500; while (Date.now() < until) {}')
    const info = await client.request('shell', 'kernel_info_request', {})
    const complete = await client.request('shell', 'complete_request', { code: 'Math.sq', cursor_pos: 7 })
    let isRunning = true
    void running.then(() => {
      isRunning = false
    })
    await Promise.resolve()
    expect(isRunning).toBe(true)
    expect(info.content).toMatchObject({
      status: 'ok',
      language_info: { name: 'typescript', file_extension: '.ts' },
    })
    expect(complete.content).toMatchObject({
      status: 'ok',
      matches: expect.arrayContaining(['sqrt']),
      cursor_start: 5,
      cursor_end: 7,
    })
    await running
  })

  test('complete counts characters, not UTF-16 units', async () => {
    const { content } = await client.request('shell', 'complete_request', {
      code: "'🫀🫁'; Math.sq",
      cursor_pos: 13,
    })
    expect(content).toMatchObject({
      matches: expect.arrayContaining(['sqrt']),
      cursor_start: 11,
      cursor_end: 13,
    })
  })

  test.each([
    ['const a = 1', 'complete'],
    ['function f() {', 'incomplete'],
    ['const = 1', 'invalid'],
  ])('is_complete says of %j: %s', async (code, status) => {
    expect((await client.request('shell', 'is_complete_request', { code })).content.status).toBe(status)
  })

  test('inspect shows types and documentation; ?name opens the pager', async () => {
    const { content } = await client.request('shell', 'inspect_request', {
      code: 'parseInt',
      cursor_pos: 8,
      detail_level: 0,
    })
    expect(content).toMatchObject({
      found: true,
      data: { 'text/plain': expect.stringContaining('parseInt(string: string') },
    })
    const { reply } = await run('?parseInt')
    expect(reply).toMatchObject({
      payload: [{ source: 'page', data: { 'text/plain': expect.stringContaining('parseInt') } }],
    })
  })

  test('history lists what was run', async () => {
    await run("'remember me'")
    const { content } = await client.request('shell', 'history_request', {
      output: true,
      raw: true,
      hist_access_type: 'search',
      pattern: '*remember*',
      n: 1,
    })
    expect(content.history).toMatchObject([[1, expect.any(Number), ["'remember me'", "'remember me'"]]])
  })

  test('user expressions are evaluated', async () => {
    const execution = await client.request('shell', 'execute_request', {
      code: 'const base = 20',
      silent: false,
      store_history: true,
      user_expressions: { twice: 'base * 2', wrong: 'noSuchName' },
      allow_stdin: false,
      stop_on_error: true,
    })
    expect(execution.content.user_expressions).toMatchObject({
      twice: { status: 'ok', data: { 'text/plain': '40' } },
      wrong: { status: 'error', ename: 'TypeScriptError' },
    })
  })
})

describe('conversation', () => {
  test('a cell asks the user', async () => {
    const prompts: unknown[] = []
    const printed: unknown[] = []
    await client.execute(
      "import { readInput } from 'medtune'\nconsole.log('got ' + (await readInput('name? ')))",
      {
        onInput: async (prompt, isPassword) => {
          prompts.push(prompt, isPassword)
          return 'Ada'
        },
        onOutput: ({ header, content }) => {
          if (header.msg_type === 'stream') printed.push(content.text)
        },
      },
    )
    expect([prompts, printed]).toEqual([['name? ', false], ['got Ada\n']])
  })

  test('a cell that asks where nobody answers gets an error', async () => {
    expect((await run("await readInput('anyone? ')")).reply).toMatchObject({
      status: 'error',
      evalue: expect.stringContaining('allow_stdin'),
    })
  })

  test('a comm carries messages both ways', async () => {
    await run(
      "import { kernelHost } from 'medtune'\nkernelHost()?.comms.registerTarget('echo', (comm, data) => { comm.onMessage.push((message) => comm.send({ data, message })) })",
    )
    const heard: unknown[] = []
    const listen = ({
      header,
      content,
    }: {
      header: { msg_type: string }
      content: Record<string, unknown>
    }) => {
      if (header.msg_type === 'comm_msg') heard.push(content)
    }
    client.on('message', listen)
    client.send('shell', 'comm_open', { comm_id: 'c1', target_name: 'echo', data: 'opened' })
    client.send('shell', 'comm_msg', { comm_id: 'c1', data: 'hello' })
    const info = await client.request('shell', 'comm_info_request', {})
    await run('1')
    client.off('message', listen)
    expect(info.content).toEqual({ status: 'ok', comms: { c1: { target_name: 'echo' } } })
    expect(heard).toEqual([{ comm_id: 'c1', data: { data: 'opened', message: 'hello' } }])
  })
})

describe('the process', () => {
  test('restart forgets everything', async () => {
    const before = client.pid
    await run('const forgotten = 1')
    await client.restart()
    expect(client.pid).not.toBe(before)
    expect((await run('forgotten')).reply).toMatchObject({
      status: 'error',
      evalue: expect.stringContaining('TS2304'),
    })
  })

  test('that ends by itself says what it was', async () => {
    const own = await KernelClient.start({ folder: repositoryRoot })
    const { reply, stdout } = await execute(own, "console.log('bye'); process.exit(3)")
    expect(reply).toMatchObject({ ename: 'KernelExited', evalue: expect.stringContaining('exit code 3') })
    expect(stdout).toBe('bye\n')
    await own.kill()
    expect(existsSync(`/proc/${own.pid}`)).toBe(false)
  })

  test('killed from outside is reported as dead', async () => {
    const own = await KernelClient.start({ folder: repositoryRoot })
    const running = execute(own, 'await new Promise(() => {})')
    await wait(200)
    process.kill(own.pid ?? 0, 'SIGKILL')
    await expect(running).rejects.toMatchObject({ code: 'KERNEL_FAILED' })
    await own.kill()
  })

  test('of an unknown name is an error that lists the known ones', async () => {
    await expect(KernelClient.start({ kernelName: 'no-such-kernel' })).rejects.toMatchObject({
      code: 'KERNEL_FAILED',
      message: expect.stringContaining('medtune'),
    })
  })
})
