import type { JupyterFrontEndPlugin } from '@jupyterlab/application'
import type { NotebookPanel } from '@jupyterlab/notebook'
import { LabIcon } from '@jupyterlab/ui-components'
import { Widget } from '@lumino/widgets'
import { commOfEach } from '../kernel-comm.js'
import { sidePanel } from '../show-panel.js'
import { sparkline } from '../sparkline.js'

interface LogEntry {
  readonly step: number
  readonly loss: number
  readonly learningRate: number
  readonly gradNorm: number
  readonly tokensPerSecond: number
}

/** As `kernels/tslab/training-monitor.cjs` sends it. */
interface Job {
  readonly status: 'running' | 'stopped' | 'completed'
  readonly step: number
  readonly totalSteps: number
  readonly memoryBytes: number
  readonly savedTo?: string
  readonly log: readonly LogEntry[]
}

const icon = new LabIcon({
  name: 'medtune:training',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16"><path class="jp-icon3" fill="#616161" d="M3 3h2v16h16v2H3zm4 4 4 6 4-2 5 6-1.6 1.2-4-4.8-4.2 2L5.4 8z"/></svg>',
})

const curves: readonly { label: string; of: (entry: LogEntry) => number; text: (value: number) => string }[] =
  [
    { label: 'Loss', of: ({ loss }) => loss, text: (value) => value.toFixed(4) },
    {
      label: 'Learning rate',
      of: ({ learningRate }) => learningRate,
      text: (value) => value.toExponential(1),
    },
    { label: 'Gradient norm', of: ({ gradNorm }) => gradNorm, text: (value) => value.toFixed(3) },
    {
      label: 'Tokens per second',
      of: ({ tokensPerSecond }) => tokensPerSecond,
      text: (value) => value.toFixed(0),
    },
  ]

class TrainingDashboard extends Widget {
  private readonly status = document.createElement('p')
  private readonly progress = document.createElement('progress')
  private readonly stop = document.createElement('button')
  private readonly charts = document.createElement('div')

  constructor(onStop: () => void) {
    super()
    this.id = 'medtune-training'
    this.title.icon = icon
    this.title.caption = 'Training'
    this.addClass('medtune-Panel')
    this.node.setAttribute('role', 'region')
    this.node.setAttribute('aria-label', 'Training')
    const heading = document.createElement('h2')
    heading.textContent = 'Training'
    this.status.setAttribute('role', 'status')
    this.progress.setAttribute('aria-label', 'Updates done')
    this.stop.type = 'button'
    this.stop.className = 'medtune-Stop'
    this.stop.textContent = 'Stop and save'
    this.stop.addEventListener('click', () => {
      this.stop.disabled = true
      onStop()
    })
    this.charts.className = 'medtune-Charts'
    this.node.append(heading, this.status, this.progress, this.stop, this.charts)
    this.draw(undefined)
  }

  draw(job: Job | undefined): void {
    const isRunning = job?.status === 'running'
    this.stop.hidden = !isRunning
    if (!isRunning) this.stop.disabled = false
    this.progress.hidden = job === undefined
    if (job === undefined) {
      this.status.textContent = 'No training has run in this notebook yet.'
      this.charts.replaceChildren()
      return
    }
    this.progress.max = Math.max(1, job.totalSteps)
    this.progress.value = job.step
    const saved = job.savedTo === undefined ? '' : `, saved to ${job.savedTo}`
    this.status.textContent = `${job.status}: update ${job.step} of ${job.totalSteps}, ${(job.memoryBytes / 1e6).toFixed(0)} MB${saved}`
    this.charts.replaceChildren(
      ...curves.map(({ label, of, text }) => {
        const values = job.log.map(of)
        const last = values.at(-1)
        return sparkline(label, values, last === undefined ? '–' : text(last))
      }),
    )
  }
}

/** Shows the training of the current notebook live; Stop interrupts, which makes the trainer save. */
export const trainingDashboard: JupyterFrontEndPlugin<void> = sidePanel({
  id: 'medtune:training-dashboard',
  name: 'Training',
  rank: 210,
  keys: ['Alt Shift T'],
  create(tracker) {
    const jobs = new WeakMap<NotebookPanel, Job>()
    const widget = new TrainingDashboard(
      () => void tracker.currentWidget?.sessionContext.session?.kernel?.interrupt(),
    )
    const draw = (): void =>
      widget.draw(tracker.currentWidget === null ? undefined : jobs.get(tracker.currentWidget))
    const receive = (panel: NotebookPanel, { job, state, entry }: Record<string, unknown>): void => {
      const known = jobs.get(panel)
      if (job === null) jobs.delete(panel)
      else if (job !== undefined) jobs.set(panel, job as Job)
      else if (known !== undefined) {
        const log = entry === undefined ? known.log : [...known.log, entry as LogEntry]
        jobs.set(panel, { ...known, ...(state as Partial<Job>), log })
      }
      if (panel === tracker.currentWidget) draw()
    }
    commOfEach(tracker, 'medtune.training', receive)
    tracker.currentChanged.connect(draw)
    return widget
  },
})
