import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application'
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook'
import { type Kernel, KernelAPI } from '@jupyterlab/services'
import { commOfEach } from '../kernel-comm.js'

/** As the kernel records it (`kernels/tslab/output-record.cjs`). */
interface RecordedRun {
  readonly id: string
  readonly cellId: string
  readonly session: string
  readonly source: string
  readonly status: 'queued' | 'running' | 'ok' | 'error' | 'aborted'
  readonly executionCount: number | null
  readonly outputs: readonly object[]
}

/** What of JupyterLab's model of a code cell is used here. */
interface CodeModel {
  trusted: boolean
  executionCount: number | null
  executionState: 'idle' | 'running' | 'scheduled'
  readonly outputs: {
    readonly length: number
    get(at: number): { toJSON(): object }
    add(output: object): void
    set(at: number, output: object): void
    clear(): void
  }
}

const isOver = ({ status }: RecordedRun): boolean => status !== 'queued' && status !== 'running'

/** Runs of a page that is gone, shown in the cells of this one. */
class Resumption {
  /** Requests that were made before this page came; undefined until the first message of a kernel asks for them. */
  private adopted: Promise<ReadonlySet<string>> | undefined
  private readonly open = new Set<string>()

  constructor(
    private readonly panel: NotebookPanel,
    private readonly close: () => void,
  ) {}

  /** Another kernel, or the same one started again. */
  forget(): void {
    this.adopted = undefined
    this.open.clear()
  }

  async receive(runs: readonly RecordedRun[]): Promise<void> {
    await this.panel.context.ready
    const kernel = this.panel.sessionContext.session?.kernel
    if (kernel === null || kernel === undefined || this.panel.isDisposed) return
    // Asked once: messages that come before the answer wait for it too, in their order.
    this.adopted ??= runsToAdopt(kernel, runs)
    const { adopted } = this
    const ids = await adopted
    if (this.adopted !== adopted || this.panel.isDisposed) return
    for (const run of runs) if (ids.has(run.id)) this.show(run)
    if (this.open.size === 0) this.close()
  }

  private show(run: RecordedRun): void {
    if (isOver(run)) this.open.delete(run.id)
    else this.open.add(run.id)
    const cell = this.panel.content.widgets.find(({ model }) => model.id === run.cellId)
    if (cell?.model.type !== 'code' || cell.model.sharedModel.getSource() !== run.source) return
    const model = cell.model as unknown as CodeModel
    model.trusted = true
    showOutputs(model, run.outputs)
    if (isOver(run)) {
      model.executionState = 'idle'
      if (run.status !== 'aborted') model.executionCount = run.executionCount
    } else model.executionState = 'running'
  }
}

/** Another page that is open shows its runs itself; two that show and save the same would be at odds. */
async function runsToAdopt(
  kernel: Kernel.IKernelConnection,
  runs: readonly RecordedRun[],
): Promise<ReadonlySet<string>> {
  const { connections = 1 } = (await KernelAPI.getKernelModel(kernel.id)) ?? {}
  const others = runs.filter(({ session }) => session !== kernel.clientId)
  return new Set(connections > 1 ? [] : others.map(({ id }) => id))
}

/** Changes only what differs: a plot that grows is drawn into, not drawn anew. */
function showOutputs({ outputs }: CodeModel, wanted: readonly object[]): void {
  if (outputs.length > wanted.length) outputs.clear()
  for (const [at, output] of wanted.entries()) {
    const shown = at < outputs.length ? outputs.get(at).toJSON() : undefined
    if (JSON.stringify(shown) === JSON.stringify(output)) continue
    if (shown === undefined) outputs.add(output)
    else outputs.set(at, output)
  }
}

/** After a reload: what cells showed meanwhile appears in them, and what still runs goes on live. */
export const resumeOutputs: JupyterFrontEndPlugin<void> = {
  id: 'medtune:resume-outputs',
  autoStart: true,
  requires: [INotebookTracker],
  activate(_app: JupyterFrontEnd, tracker: INotebookTracker): void {
    const all = new WeakMap<NotebookPanel, Resumption>()
    const resumptionOf = (panel: NotebookPanel): Resumption => {
      const resumption = all.get(panel) ?? new Resumption(panel, () => commOf(panel)?.close())
      all.set(panel, resumption)
      return resumption
    }
    const commOf = commOfEach(
      tracker,
      'medtune.outputs',
      (panel, { runs }) => {
        if (Array.isArray(runs)) void resumptionOf(panel).receive(runs as RecordedRun[])
      },
      (panel) => resumptionOf(panel).forget(),
    )
  },
}
