import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook'
import type { Kernel, KernelMessage } from '@jupyterlab/services'

type Data = Record<string, unknown>

/**
 * A comm of one target to the kernel of one notebook, opened anew for each kernel and after a restart. Kernels that do
 * not know the target close it, and nothing happens.
 */
export class KernelComm {
  private comm: Kernel.IComm | undefined
  private kernelId: string | undefined
  /** By the kernel, which does not know the target, or by `close`: not to be opened again. */
  private isClosed = false
  private lastId = 0
  private readonly waiting = new Map<number, (data: Data) => void>()
  /** Asked while there was no kernel, or one that was starting. */
  private unsent: Data[] = []

  constructor(
    readonly panel: NotebookPanel,
    private readonly target: string,
    private readonly onMessage: (data: Data) => void,
    private readonly onKernel: () => void = () => {},
  ) {
    const { sessionContext } = panel
    sessionContext.kernelChanged.connect(this.connect, this)
    sessionContext.statusChanged.connect(this.onStatus, this)
    void sessionContext.ready.then(() => this.connect())
    panel.disposed.connect(() => {
      sessionContext.kernelChanged.disconnect(this.connect, this)
      sessionContext.statusChanged.disconnect(this.onStatus, this)
    })
  }

  private onStatus(_sender: unknown, status: string): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') this.reset()
    else if (status === 'idle' || status === 'busy') this.connect()
  }

  private reset(): void {
    this.comm = undefined
    this.isClosed = false
  }

  private connect(): void {
    const kernel = this.panel.sessionContext.session?.kernel ?? undefined
    if (kernel?.id !== this.kernelId) this.reset()
    this.kernelId = kernel?.id
    // A restart disposes comms, also those that were opened while it was under way.
    const isOpen = this.comm !== undefined && !this.comm.isDisposed
    if (kernel === undefined || !kernel.handleComms || isOpen || this.isClosed) return
    const comm = kernel.createComm(this.target)
    this.comm = comm
    comm.onMsg = (message: KernelMessage.ICommMsgMsg) => this.receive(message.content.data as Data)
    comm.onClose = () => {
      if (this.comm === comm) this.isClosed = true
    }
    comm.open()
    // What was asked of the kernel before is forgotten with it.
    for (const id of this.waiting.keys())
      if (!this.unsent.some((question) => question.id === id)) this.waiting.delete(id)
    for (const question of this.unsent.splice(0)) comm.send(question as never)
    this.onKernel()
  }

  private receive(data: Data): void {
    const answer = typeof data.id === 'number' ? this.waiting.get(data.id) : undefined
    this.waiting.delete(Number(data.id))
    if (answer === undefined) this.onMessage(data)
    else answer(data)
  }

  /** Until the next kernel. */
  close(): void {
    if (this.comm !== undefined && !this.comm.isDisposed) this.comm.close()
  }

  /** The answer may never come: a kernel that blocks does not answer, another kernel never does. */
  ask(question: Data): Promise<Data> {
    this.lastId += 1
    const id = this.lastId
    return new Promise((resolve) => {
      this.waiting.set(id, resolve)
      const { comm } = this
      if (comm === undefined || (comm.isDisposed && !this.isClosed)) this.unsent.push({ ...question, id })
      else if (!comm.isDisposed) comm.send({ ...question, id } as never)
    })
  }
}

/** One comm per notebook, made when the notebook opens. */
export function commOfEach(
  tracker: INotebookTracker,
  target: string,
  onMessage: (panel: NotebookPanel, data: Data) => void,
  onKernel: (panel: NotebookPanel) => void = () => {},
): (panel: NotebookPanel | null) => KernelComm | undefined {
  const comms = new WeakMap<NotebookPanel, KernelComm>()
  const add = (panel: NotebookPanel): void => {
    if (comms.has(panel)) return
    const comm = new KernelComm(
      panel,
      target,
      (data) => onMessage(panel, data),
      () => onKernel(panel),
    )
    comms.set(panel, comm)
  }
  tracker.widgetAdded.connect((_sender, panel) => add(panel))
  tracker.forEach(add)
  return (panel) => (panel === null ? undefined : comms.get(panel))
}
