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

describe('cells', () => {
  test('count, broadcast their input and give a result', async () => {
    const first = await run('6 * 7')
    const second = await run("'text'")
    const count = first.reply.execution_count ?? 0
    expect(contents(first, 'execute_input')).toEqual([{ code: '6 * 7', execution_count: count }])
    expect(contents(first, 'execute_result')).toEqual([
      { execution_count: count, data: { 'text/plain': '42' }, metadata: {} },
    ])
    expect(second.reply).toMatchObject({ status: 'ok', execution_count: count + 1 })
  })

  test('import the library with its types', async () => {
    await run("import { MedtuneError, type MedtuneErrorCode } from 'medtune'")
    const right = await run(
      "const failure = new MedtuneError('INTERNAL', 'x'); const code: MedtuneErrorCode = failure.code; code",
    )
    expect(contents(right, 'execute_result')[0]).toMatchObject({ data: { 'text/plain': "'INTERNAL'" } })
    const wrong = await run("new MedtuneError('NO_SUCH_CODE', 'x')")
    expect(wrong.reply).toMatchObject({
      status: 'error',
      ename: 'TypeScriptError',
      evalue: expect.stringContaining('TS2345'),
    })
  })

  test('are checked with the strictness of the project', async () => {
    const { reply } = await run('const list = [1, 2, 3]; const item: number = list[7]')
    expect(reply).toMatchObject({ status: 'error', evalue: expect.stringContaining('undefined') })
  })

  test('share variables as one program does', async () => {
    await run('let counter = 0; const step = () => { counter += 1 }; class Box { value = counter }')
    await run('counter = 10; step()')
    expect(contents(await run('[counter, new Box().value]'), 'execute_result')[0]).toMatchObject({
      data: { 'text/plain': '[ 11, 11 ]' },
    })
  })

  test('find variables of earlier cells wherever a name can stand', async () => {
    await run(
      "let one = 1; let two = 2; const pair = { one: 'first', two: 'second' }; class Base { one = 7 }",
    )
    const code = [
      'const { one: renamed, ["two"]: computed } = pair',
      'const made = { one, two }',
      'function nested() { return [one].map((x) => ({ two, x })) }',
      ';({ one, two = 9 } = { one: 11 } as { one: number; two?: number })',
      'const two_ = ((one: number) => ({ one }))(5)',
      'class Derived extends Base { two = two }',
      '[renamed, computed, made, nested(), one, two, two_, { ...new Derived() }, String(one), typeof one, pair?.one]',
    ]
    const execution = await run(code.join('\n'))
    const [result] = contents(execution, 'execute_result') as { data: Record<string, string> }[]
    expect(result?.data['text/plain']?.replace(/\s+/g, ' ')).toBe(
      "[ 'first', 'second', { one: 1, two: 2 }, [ { two: 9, x: 11 } ], 11, 9, { one: 5 }, { one: 7, two: 9 }, '11', 'number', 'first' ]",
    )
  })

  test('may declare a name again', async () => {
    await run('const again = 1')
    expect(contents(await run("const again = 'two'; again"), 'execute_result')[0]).toMatchObject({
      data: { 'text/plain': "'two'" },
    })
  })

  test('load ESM packages with import() and top-level await', async () => {
    const { reply, stdout } = await run(
      "const { Marked } = await import('marked'); console.log(typeof Marked)",
    )
    expect(reply.status).toBe('ok')
    expect(stdout).toBe('function\n')
  })

  test('show nothing for an assignment', async () => {
    await run('let assigned = 1')
    expect(contents(await run('assigned = 2'), 'execute_result')).toEqual([])
    expect(contents(await run('console.log(assigned)'), 'execute_result')).toEqual([])
  })
})

describe('output', () => {
  test('of one synchronous burst arrives complete and in order', async () => {
    const { stdout } = await run('for (let i = 0; i < 20_000; i++) console.log(i)')
    expect(stdout).toBe(Array.from({ length: 20_000 }, (_, index) => `${index}\n`).join(''))
  })

  test('of 3,000 display updates arrives complete and in order', async () => {
    const execution = await run(
      "import { newDisplay } from 'medtune'\nconst burst = newDisplay(); for (let i = 0; i <= 3000; i++) burst.update(String(i))",
    )
    expect(contents(execution, 'display_data')).toHaveLength(1)
    const updates = contents(execution, 'update_display_data').map(
      ({ data }) => (data as Record<string, string>)['text/plain'],
    )
    expect(updates).toEqual(Array.from({ length: 3000 }, (_, index) => String(index + 1)))
  })

  test('streams while the cell still runs', async () => {
    const at: number[] = []
    const started = performance.now()
    await run(
      "console.log('a'); await new Promise((r) => setTimeout(r, 700)); console.log('b')",
      ({ header }) => {
        if (header.msg_type === 'stream') at.push(performance.now() - started)
      },
    )
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(300)
  })

  test('goes to stderr and through process.stdout too', async () => {
    const { stdout, stderr } = await run("console.error('e'); process.stdout.write(Buffer.from('bytes'))")
    expect([stdout, stderr]).toEqual(['bytes', 'e\n'])
  })

  test('has several MIME types in one message', async () => {
    const execution = await run(
      "import { display } from 'medtune'\ndisplay({ 'text/html': '<b>x</b>', 'text/plain': 'x' })",
    )
    expect(contents(execution, 'display_data')).toEqual([
      { data: { 'text/html': '<b>x</b>', 'text/plain': 'x' }, metadata: {}, transient: {} },
    ])
  })

  test('of a plot is plotly, SVG and text, and updates in place', async () => {
    const execution = await run(
      [
        "import { lossCurve } from 'medtune'",
        'const live = newDisplay()',
        'for (const loss of [3, 2]) { live.update(lossCurve([{ step: 1, loss }])); await new Promise((r) => setTimeout(r, 5)) }',
      ].join('\n'),
    )
    const [first] = contents(execution, 'display_data')
    const [second] = contents(execution, 'update_display_data')
    expect(Object.keys(first?.data as object)).toEqual([
      'application/vnd.plotly.v1+json',
      'image/svg+xml',
      'text/plain',
    ])
    expect(second?.transient).toEqual(first?.transient)
    expect(JSON.stringify(second?.data)).toContain('2.0000 at step 1')
  })

  test("of tslab's display works too", async () => {
    const execution = await run("import * as tslab from 'tslab'\ntslab.display.html('<i>y</i>')")
    expect(contents(execution, 'display_data')).toMatchObject([{ data: { 'text/html': '<i>y</i>' } }])
  })
})

describe('errors', () => {
  test('name the line the user wrote', async () => {
    const execution = await run(
      'interface Unused { a: number }\n\nfunction fail(): never {\n  throw new RangeError("too far")\n}\nfail()',
    )
    expect(execution.reply).toMatchObject({ status: 'error', ename: 'RangeError', evalue: 'too far' })
    const [error] = contents(execution, 'error')
    expect(error).toMatchObject({ ename: 'RangeError', evalue: 'too far' })
    const traceback = error?.traceback as string[]
    expect(traceback[1]).toMatch(/at fail \(In \[\d+\]:4:9\)/)
    expect(traceback.join('\n')).toContain('> 4 |   throw new RangeError("too far")')
    expect(traceback.join('\n')).not.toContain('kernels/tslab')
  })

  test('of types point at the place', async () => {
    const { reply } = await run('const one = 1\nconst two: string = one')
    expect(reply).toMatchObject({
      evalue: "2:7 - error TS2322: Type 'number' is not assignable to type 'string'.",
      traceback: expect.arrayContaining(['  const two: string = one', '        ~~~']),
    })
  })

  test('that nobody handles fail the cell', async () => {
    const rejected = await run("void Promise.reject(new Error('lost'))")
    expect(rejected.reply).toMatchObject({ status: 'error', evalue: 'lost' })
    const thrown = await run(
      "setTimeout(() => { throw new Error('late') }, 10); await new Promise((r) => setTimeout(r, 500))",
    )
    expect(thrown.reply).toMatchObject({ status: 'error', evalue: 'late' })
  })

  test('stop the cells that were sent with the failed one', async () => {
    const replies = await Promise.all([run('1'), run("throw new Error('stop')"), run('3')])
    expect(replies.map(({ reply }) => reply.status)).toEqual(['ok', 'error', 'aborted'])
    expect((await run('4')).reply.status).toBe('ok')
  })

  test('keep what the cell had declared, and what it had not reached as it was', async () => {
    await run("const kept = 'old'")
    await run("const reached = 1; if (reached) throw new Error('x'); const kept = 'new'")
    expect(contents(await run('[reached, kept]'), 'execute_result')[0]).toMatchObject({
      data: { 'text/plain': "[ 1, 'old' ]" },
    })
  })
})
