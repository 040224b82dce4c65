import type { CellProgress, CellResult, RunReport } from './notebook-runner.js'
import { errorText } from './output-text.js'

/** A run for programs: what `--summary` writes. */
export interface RunSummary {
  readonly notebook: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly seconds: number
  /** Code cells that are not empty, by how they ended. */
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly cells: readonly CellSummary[]
}

interface CellSummary {
  /** Place among the code cells, from 1. */
  readonly index: number
  readonly id: string
  /** First line of its code. */
  readonly title: string
  /** `skipped`: the run had stopped before. */
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly seconds: number
  readonly error?: { readonly ename: string; readonly evalue: string; readonly traceback: string }
}

interface RunFacts {
  readonly name: string
  readonly startedAt: Date
  readonly report: RunReport
  /** All that were to run. */
  readonly cells: readonly CellProgress[]
}

export function summarizeRun({ name, startedAt, report, cells }: RunFacts): RunSummary {
  const ran = new Map(report.results.map((result) => [result.index, result]))
  const summaries = cells.map((cell) => summarizeCell(cell, ran.get(cell.index)))
  const count = (status: CellSummary['status']) => summaries.filter((cell) => cell.status === status).length
  return {
    notebook: name,
    startedAt: startedAt.toISOString(),
    seconds: report.seconds,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    cells: summaries,
  }
}

/** The first line of a cell that is code. */
export function titleOf(source: string): string {
  const lines = source.split('\n').map((line) => line.trim())
  return (lines.find((line) => line !== '' && !line.startsWith('//')) ?? '').slice(0, 60)
}

function summarizeCell({ cell, index }: CellProgress, result: CellResult | undefined): CellSummary {
  const shared = { index, id: cell.id, title: titleOf(cell.source), seconds: result?.seconds ?? 0 }
  if (result === undefined) return { ...shared, status: 'skipped' }
  const { isOk, error } = result
  if (error === undefined) return { ...shared, status: isOk ? 'passed' : 'failed' }
  const told = { ename: error.ename, evalue: error.evalue, traceback: errorText(error) }
  return { ...shared, status: isOk ? 'passed' : 'failed', error: told }
}

/** JUnit's XML as test reporters read it: the notebook is a suite, each cell a case. */
export function toJunit(summary: RunSummary): string {
  const { notebook, startedAt, seconds, failed, skipped, cells } = summary
  const name = quote(notebook)
  const counts = `tests="${cells.length}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds.toFixed(3)}"`
  const cases = cells.map((cell) => {
    const open = `    <testcase classname=${name} name=${quote(`[${cell.index}] ${cell.title}`)} time="${cell.seconds.toFixed(3)}"`
    if (cell.status === 'passed') return `${open}/>`
    if (cell.status === 'skipped') return `${open}><skipped/></testcase>`
    const { ename = '', evalue = '', traceback = '' } = cell.error ?? {}
    return `${open}><failure type=${quote(ename)} message=${quote(evalue)}>${escapeXml(traceback)}</failure></testcase>`
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name=${name} ${counts} timestamp="${startedAt.slice(0, 19)}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function quote(text: string): string {
  return `"${escapeXml(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;')}"`
}

/** XML 1.0 has no way to write most control characters: they become the replacement character. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
