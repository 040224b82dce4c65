import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application'
import { Notification } from '@jupyterlab/apputils'
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook'
import {
  type CellMark,
  type CellRun,
  cellMarks,
  type NotebookCell,
  unverified,
} from '../cell-dependencies.js'
import { commOfEach, type KernelComm } from '../kernel-comm.js'

const EDIT_PAUSE_MS = 400

/** Of the notebook's toolbar and palette; of the menus. */
const restartAndRunAll = new Set(['notebook:restart-run-all', 'runmenu:restart-and-run-all'])

type Names = NotebookCell['names']

/** Marks the cells of one notebook. */
class CellMarks {
  private runs: readonly CellRun[] = []
  private readonly names = new Map<string, Names>()
  private timer: ReturnType<typeof setTimeout> | undefined
  /** Fresh kernels so far. */
  kernels = 0

  constructor(
    private readonly panel: NotebookPanel,
    private readonly comm: () => KernelComm | undefined,
  ) {
    panel.content.modelContentChanged.connect(() => this.soon())
  }

  private soon(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.refresh(), EDIT_PAUSE_MS)
  }

  /** A new kernel knows of no run. */
  forget(): void {
    this.kernels += 1
    this.runs = []
    this.soon()
  }

  /** @returns the code cells in their order, with the runs the kernel knows */
  async read(): Promise<{ cells: NotebookCell[]; runs: readonly CellRun[] }> {
    const { runs } = (await this.comm()?.ask({ ask: 'runs' })) ?? {}
    if (Array.isArray(runs)) this.runs = runs as CellRun[]
    for (const run of this.runs) this.names.set(run.source, run)
    const code = this.panel.content.widgets.filter(({ model }) => model.type === 'code')
    const sources = code.map(({ model }) => model.sharedModel.getSource())
    const unknown = sources.filter((source) => !this.names.has(source))
    if (unknown.length > 0) {
      const { names } = (await this.comm()?.ask({ ask: 'names', sources: unknown })) ?? {}
      if (Array.isArray(names))
        for (const [at, source] of unknown.entries()) this.names.set(source, names[at])
    }
    const nothing: Names = { declares: [], assigns: [] }
    const cells = code.map(({ model }, at) => {
      const source = sources[at] ?? ''
      return { id: model.id, source, names: this.names.get(source) ?? nothing }
    })
    return { cells, runs: this.runs }
  }

  async refresh(): Promise<void> {
    if (this.panel.isDisposed) return
    const { cells, runs } = await this.read()
    this.show(cellMarks(cells, runs))
  }

  private show(marks: ReadonlyMap<string, CellMark>): void {
    for (const { model, node } of this.panel.content.widgets) {
      const mark = marks.get(model.id)
      const old = node.querySelector(':scope > .medtune-CellMark')
      if (mark === undefined) {
        old?.remove()
        continue
      }
      const note = old ?? document.createElement('div')
      const text = `${mark.state === 'edited' ? 'Edited' : mark.state === 'stale' ? 'Out of date' : 'Out of order'}: ${mark.reason}`
      note.className = 'medtune-CellMark'
      note.setAttribute('data-state', mark.state)
      note.setAttribute('role', 'note')
      if (note.textContent !== text) note.textContent = text
      if (old === null) node.prepend(note)
    }
  }
}

/** Says whether the notebook's results are those of one run from top to bottom in a fresh kernel. */
async function verify(marks: CellMarks): Promise<void> {
  const { cells, runs } = await marks.read()
  const problems = unverified(cells, runs)
  // Without a time it would go to the list of notifications alone, unseen.
  if (problems.length === 0)
    Notification.success(
      `Verified: all ${cells.length} code cells ran from top to bottom in a fresh kernel.`,
      { autoClose: 10_000 },
    )
  else Notification.warning(`Not verified: ${problems.join('; ')}.`, { autoClose: false })
}

/** Marks cells whose results are out of date, and verifies "Restart Kernel and Run All Cells". */
export const staleCells: JupyterFrontEndPlugin<void> = {
  id: 'medtune:stale-cells',
  autoStart: true,
  requires: [INotebookTracker],
  activate({ commands }: JupyterFrontEnd, tracker: INotebookTracker): void {
    const all = new WeakMap<NotebookPanel, CellMarks>()
    const marksOf = (panel: NotebookPanel): CellMarks => {
      const marks = all.get(panel) ?? new CellMarks(panel, () => commOf(panel))
      all.set(panel, marks)
      return marks
    }
    const commOf = commOfEach(
      tracker,
      'medtune.inspector',
      (panel, { event }) => {
        if (event === 'ran') void marksOf(panel).refresh()
      },
      (panel) => marksOf(panel).forget(),
    )
    commands.commandExecuted.connect((_sender, { id, result }) => {
      const panel = tracker.currentWidget
      if (!restartAndRunAll.has(id) || panel === null) return
      const marks = marksOf(panel)
      const { kernels } = marks
      void result.then(() => {
        // The same kernel: the dialog was dismissed.
        if (marks.kernels > kernels) void verify(marks)
      })
    })
  },
}
