/** Which cells show results that a run from top to bottom would not give. Pure; `plugins/stale-cells.ts` shows it. */

interface Names {
  readonly declares: readonly string[]
  readonly assigns: readonly string[]
}

export interface NotebookCell {
  readonly id: string
  readonly source: string
  /** Of the text as it is now. */
  readonly names: Names
}

/** As the kernel logs it (`kernels/tslab/cell-log.cjs`). */
export interface CellRun extends Names {
  readonly cellId: string
  readonly run: number
  readonly source: string
  readonly status: 'running' | 'ok' | 'error'
  readonly uses: Readonly<Record<string, { readonly cellId: string; readonly run: number }>>
}

export interface CellMark {
  readonly state: 'edited' | 'stale' | 'out-of-order'
  /** For the reader, one sentence. */
  readonly reason: string
}

/**
 * Marks for cells that ran: `edited` since, `stale` because a cell they build on was edited or ran again, `out-of-order`
 * because they found a value that another order of running left.
 *
 * @param cells code cells in the notebook's order
 */
export function cellMarks(cells: readonly NotebookCell[], runs: readonly CellRun[]): Map<string, CellMark> {
  const runOf = new Map(runs.map((run) => [run.cellId, run]))
  const marks = new Map<string, CellMark>()
  for (const [position, cell] of cells.entries()) {
    const run = runOf.get(cell.id)
    if (run === undefined) continue
    const mark = markOf(cell, run, { above: cells.slice(0, position), runOf, marks, cells })
    if (mark !== undefined) marks.set(cell.id, mark)
  }
  return marks
}

interface Surroundings {
  readonly above: readonly NotebookCell[]
  readonly cells: readonly NotebookCell[]
  readonly runOf: ReadonlyMap<string, CellRun>
  readonly marks: ReadonlyMap<string, CellMark>
}

function markOf(cell: NotebookCell, run: CellRun, around: Surroundings): CellMark | undefined {
  if (cell.source !== run.source) return { state: 'edited', reason: 'Not run since it was changed.' }
  for (const [name, origin] of Object.entries(run.uses)) {
    const mark = markOfUse(name, origin, run, around)
    if (mark !== undefined) return mark
  }
  return undefined
}

function markOfUse(
  name: string,
  origin: { cellId: string; run: number },
  run: CellRun,
  { above, cells, runOf, marks }: Surroundings,
): CellMark | undefined {
  const setsIt = ({ names }: NotebookCell): boolean =>
    names.declares.includes(name) || names.assigns.includes(name)
  const provider = above.findLast(setsIt)
  if (provider === undefined) {
    // Code that is no cell of the notebook, such as a console's, leaves no place to point to.
    const where = cells.some(({ id }) => id === origin.cellId)
      ? 'set by this cell or one below it'
      : 'of a cell that is gone'
    return { state: 'out-of-order', reason: `Used ${name}, ${where}.` }
  }
  if (marks.has(provider.id)) return { state: 'stale', reason: `The cell that sets ${name} is out of date.` }
  const providerRun = runOf.get(provider.id)
  if (providerRun !== undefined && providerRun.run > run.run)
    return { state: 'stale', reason: `The cell that sets ${name} ran again since.` }
  if (origin.cellId !== provider.id)
    return { state: 'out-of-order', reason: `Used ${name} as another cell had left it, not the one above.` }
  return undefined
}

/** @returns what is left to do before the notebook's results are those of one run from top to bottom; empty when none */
export function unverified(cells: readonly NotebookCell[], runs: readonly CellRun[]): string[] {
  const runOf = new Map(runs.map((run) => [run.cellId, run]))
  const withCode = cells.filter(({ source }) => source.trim() !== '')
  const notRun = withCode.filter(({ id }) => runOf.get(id)?.status !== 'ok').length
  const order = withCode.map(({ id }) => runOf.get(id)?.run ?? 0)
  const isOrdered = order.every((run, at) => at === 0 || run > (order[at - 1] ?? 0))
  const marked = cellMarks(cells, runs).size
  return [
    ...(notRun > 0 ? [`${notRun} cells did not run to their end`] : []),
    ...(isOrdered || notRun > 0 ? [] : ['cells ran in another order']),
    ...(marked > 0 ? [`${marked} cells are out of date`] : []),
  ]
}
