import { describe, expect, test } from 'vitest'
import { CellOutputs, clearOutputs, type DisplayRegistry } from './cell-outputs.js'
import { codeCell, makeNotebook } from './notebook.fixture.js'
import { type KernelMessage, makeHeader } from './wire-protocol.js'

const message = (type: string, content: Record<string, unknown>): KernelMessage => ({
  channel: 'iopub',
  header: makeHeader(type, 's'),
  parentHeader: {},
  metadata: {},
  content,
  buffers: [],
})
const stream = (text: string, name = 'stdout') => message('stream', { name, text })
const show = (text: string, displayId?: string, type = 'display_data') =>
  message(type, {
    data: { 'text/plain': text },
    metadata: {},
    transient: displayId ? { display_id: displayId } : {},
  })

function collect(...messages: KernelMessage[]) {
  const cell = codeCell('')
  const outputs = new CellOutputs(cell, new Map())
  for (const one of messages) outputs.add(one)
  return cell.outputs
}

describe('outputs of a cell', () => {
  test('join neighbouring writes to one stream', () => {
    expect(collect(stream('a'), stream('b'), stream('e', 'stderr'), stream('c'))).toEqual([
      { output_type: 'stream', name: 'stdout', text: 'ab' },
      { output_type: 'stream', name: 'stderr', text: 'e' },
      { output_type: 'stream', name: 'stdout', text: 'c' },
    ])
  })

  test('keep the last state of a line that is overwritten', () => {
    expect(collect(stream('10 %\r'), stream('50 %\r100 %\n'), stream('done\r\n'))).toMatchObject([
      { text: '100 %\ndone\n' },
    ])
  })

  test('update displays of any cell by id', () => {
    const displays: DisplayRegistry = new Map()
    const [first, second] = [codeCell(''), codeCell('')]
    new CellOutputs(first, displays).add(show('old', 'd'))
    const later = new CellOutputs(second, displays)
    later.add(show('new', 'd', 'update_display_data'))
    later.add(show('nobody', 'unknown', 'update_display_data'))
    expect(first.outputs).toMatchObject([{ data: { 'text/plain': 'new' } }])
    expect(second.outputs).toEqual([])
  })

  test('clear at once, or when the next output comes', () => {
    expect(collect(stream('a'), message('clear_output', { wait: false }))).toEqual([])
    expect(collect(stream('a'), message('clear_output', { wait: true }))).toHaveLength(1)
    expect(collect(stream('a'), message('clear_output', { wait: true }), stream('b'))).toMatchObject([
      { text: 'b' },
    ])
  })

  test('know counts, results and errors', () => {
    const cell = codeCell('')
    const outputs = new CellOutputs(cell, new Map())
    outputs.add(message('execute_input', { code: '', execution_count: 4 }))
    outputs.add(message('execute_result', { execution_count: 4, data: { 'text/plain': '1' }, metadata: {} }))
    outputs.add(message('error', { ename: 'E', evalue: 'v', traceback: ['t'] }))
    expect(outputs.add(message('status', { execution_state: 'idle' }))).toBe(false)
    expect(cell.execution_count).toBe(4)
    expect(cell.outputs.map(({ output_type }) => output_type)).toEqual(['execute_result', 'error'])
    clearOutputs(makeNotebook(cell))
    expect(cell).toMatchObject({ execution_count: null, outputs: [] })
  })
})
