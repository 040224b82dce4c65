import type { Notebook, Output } from '../../notebook/nbformat.js'
import { codeCell, makeNotebook } from '../../notebook/notebook.fixture.js'

/** A notebook with so many bytes of outputs: printed lines, tables, and plots in turn, one in a cell. */
export function largeNotebook(bytes: number, cellBytes = 1e6): Notebook {
  const kinds = [printedLines, table, plot]
  const cells = Array.from({ length: Math.ceil(bytes / cellBytes) }, (_, at) =>
    codeCell(`show(${at})`, {
      outputs: [(kinds[at % kinds.length] ?? plot)(cellBytes)],
      execution_count: at + 1,
    }),
  )
  return makeNotebook(...cells)
}

function printedLines(cellBytes: number): Output {
  const line = `update 100 of 1000, loss 1.2345, learning rate 0.0002, ${'.'.repeat(40)}\n`
  return { output_type: 'stream', name: 'stdout', text: line.repeat(cellBytes / line.length) }
}

function table(cellBytes: number): Output {
  const row = `<tr><td>${'cell</td><td>'.repeat(8)}end</td></tr>\n`
  const html = `<table>${row.repeat(cellBytes / row.length)}</table>`
  return { output_type: 'display_data', data: { 'text/html': html, 'text/plain': 'a table' }, metadata: {} }
}

function plot(cellBytes: number): Output {
  const numbers = Array.from({ length: cellBytes / 16 }, (_, at) => Math.sin(at / 1000).toFixed(5))
  const data = {
    'application/vnd.plotly.v1+json': { data: [{ y: numbers }], layout: {} },
    'text/plain': 'plot',
  }
  return { output_type: 'display_data', data, metadata: {} }
}
