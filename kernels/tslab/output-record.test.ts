import { createRequire } from 'node:module'
import { expect, test } from 'vitest'

const require = createRequire(import.meta.url)
const { OutputRecord } = require('./output-record.cjs') as typeof import('./output-record.cjs')

interface SentRun {
  readonly cellId: string
  readonly status: string
  readonly outputs: Record<string, unknown>[]
}

function makeRecord(limitBytes?: number) {
  const sent: { runs: SentRun[] }[] = []
  const record = new OutputRecord((_id, data) => sent.push(data as { runs: SentRun[] }), limitBytes)
  const queue = (id: string, cellId = id) =>
    record.queued({
      header: { msg_id: id, session: 'page' },
      metadata: { cellId },
      content: { code: `run ${id}` },
    } as never)
  const snapshot = (): SentRun[] => {
    record.receive('comm_open', { comm_id: `comm-${sent.length}`, target_name: 'medtune.outputs' })
    return sent.at(-1)?.runs ?? []
  }
  const show = (id: string, type: string, content: object, displayId?: string) =>
    record.publish(id, { type, json: JSON.stringify(content), ...(displayId ? { displayId } : {}) })
  return { record, queue, snapshot, show }
}

test('a page that opens late gets what the cells have shown, as nbformat has it', () => {
  const { record, queue, snapshot, show } = makeRecord()
  queue('a')
  queue('b')
  record.started('a', 1)
  record.stream('a', 'stdout', 'one\n')
  record.stream('a', 'stdout', 'two\n')
  show(
    'a',
    'display_data',
    { data: { 'text/plain': '0' }, metadata: {}, transient: { display_id: 'd' } },
    'd',
  )
  show('a', 'update_display_data', { data: { 'text/plain': '9' }, metadata: {} }, 'd')
  show('a', 'execute_result', { data: { 'text/plain': '42' }, metadata: {}, execution_count: 1 })
  const [a, b] = snapshot()
  expect(b).toMatchObject({ cellId: 'b', status: 'queued', outputs: [] })
  expect(a).toMatchObject({ status: 'running', source: 'run a', executionCount: 1, session: 'page' })
  expect(a?.outputs).toEqual([
    { output_type: 'stream', name: 'stdout', text: 'one\ntwo\n' },
    { output_type: 'display_data', data: { 'text/plain': '9' }, metadata: {} },
    { output_type: 'execute_result', data: { 'text/plain': '42' }, metadata: {}, execution_count: 1 },
  ])
})

test('a cell that ran again shows its last run; cleared output is gone when new output comes', () => {
  const { record, queue, snapshot, show } = makeRecord()
  queue('first', 'cell')
  record.stream('first', 'stdout', 'old')
  queue('second', 'cell')
  record.stream('second', 'stdout', 'x')
  show('second', 'clear_output', { wait: true })
  expect(snapshot()).toMatchObject([{ cellId: 'cell', outputs: [{ text: 'x' }] }])
  record.stream('second', 'stdout', 'new')
  expect(snapshot()).toMatchObject([{ outputs: [{ text: 'new' }] }])
})

test('what it keeps is bounded: the oldest goes first', () => {
  const { record, queue, snapshot } = makeRecord(1000)
  queue('a')
  record.stream('a', 'stdout', 'a'.repeat(600))
  queue('b')
  record.stream('b', 'stdout', 'b'.repeat(600))
  expect(snapshot().map(({ cellId }) => cellId)).toEqual(['b'])
  record.stream('b', 'stderr', 'c'.repeat(900))
  expect(snapshot()[0]?.outputs).toMatchObject([{ name: 'stderr' }])
})
