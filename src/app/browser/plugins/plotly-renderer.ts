import type { IRenderMime } from '@jupyterlab/rendermime-interfaces'
import { Widget } from '@lumino/widgets'
import { safeFigure } from '../figure-safety.js'

const mimeType = 'application/vnd.plotly.v1+json'

interface Figure {
  readonly data?: unknown[]
  readonly layout?: Record<string, unknown>
  readonly config?: Record<string, unknown>
}

interface Plotly {
  react(node: HTMLElement, data: unknown[], layout: object, config: object): Promise<unknown>
  purge(node: HTMLElement): void
  downloadImage(node: HTMLElement, options: { format: 'svg'; filename: string }): Promise<string>
  readonly Plots: { resize(node: HTMLElement): void }
}

let library: Promise<Plotly> | undefined
/** 4.6 MB, fetched with the first plot. */
const loadPlotly = (): Promise<Plotly> => {
  library ??= import('plotly.js-dist-min').then((module) => module.default as unknown as Plotly)
  return library
}

/** When the page has nothing else to do, at the latest after a second. Safari has no idle callbacks. */
const whenFree = (): Promise<void> =>
  new Promise((resolve) => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve(), { timeout: 1_000 })
    else setTimeout(resolve, 50)
  })

const themed = (name: string): string => getComputedStyle(document.body).getPropertyValue(name).trim()

function themedLayout(layout: Record<string, unknown>): Record<string, unknown> {
  const ink = themed('--jp-ui-font-color1') || '#212121'
  const grid = themed('--jp-border-color2') || '#e0e0e0'
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))
  const withGrid = (key: string) => [
    key,
    { gridcolor: grid, zerolinecolor: grid, automargin: true, ...(layout[key] as object) },
  ]
  return {
    autosize: true,
    height: 360,
    ...layout,
    ...Object.fromEntries(['xaxis', 'yaxis', ...axes].map(withGrid)),
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { ...(layout.font as object), color: ink },
  }
}

function titleOf({ layout }: Figure): string {
  const title = layout?.title
  const text = typeof title === 'object' && title !== null && 'text' in title ? title.text : title
  return typeof text === 'string' ? text.replace(/<[^>]*>/g, '') : 'Plot'
}

/** One plot. An update of the same output is drawn into it, without a flicker. */
class RenderedPlotly extends Widget implements IRenderMime.IRenderer {
  private readonly plot = document.createElement('div')
  private figure: Figure | undefined
  private plotly: Plotly | undefined
  private nextDrawing: Promise<void> | undefined
  /** One for all drawings: for each new one Plotly would begin anew, and two at once would replace each other forever. */
  private readonly config = {
    responsive: true,
    displaylogo: false,
    // Sending the data to a chart service, which Plotly offers, must not happen here.
    showSendToCloud: false,
    showEditInChartStudio: false,
    modeBarButtonsToAdd: [
      {
        name: 'downloadSvg',
        title: 'Download plot as SVG',
        icon: { width: 24, height: 24, path: 'M5 20h14v-2H5v2zM19 9h-4V3H9v6H5l7 7 7-7z' },
        click: () => void this.plotly?.downloadImage(this.plot, { format: 'svg', filename: 'plot' }),
      },
    ],
  }
  private readonly themeObserver = new MutationObserver(() => void this.draw())

  constructor() {
    super()
    this.addClass('medtune-Plot')
    // No image: it holds buttons.
    this.node.setAttribute('role', 'figure')
    this.node.append(this.plot)
    this.themeObserver.observe(document.body, { attributeFilter: ['data-jp-theme-name'] })
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const value = model.data[mimeType]
    this.figure = safeFigure(typeof value === 'string' ? JSON.parse(value) : value) as Figure
    this.node.setAttribute('aria-label', `Plot: ${titleOf(this.figure)}`)
    await this.draw()
  }

  /** Updates may come faster than plots are drawn: the newest is drawn, and the page answers in between. */
  private draw(): Promise<void> {
    this.nextDrawing ??= loadPlotly().then(async (plotly) => {
      await whenFree()
      this.nextDrawing = undefined
      await this.drawNow(plotly)
    })
    return this.nextDrawing
  }

  private async drawNow(plotly: Plotly): Promise<void> {
    if (this.isDisposed || this.figure === undefined) return
    this.plotly = plotly
    const { data = [], layout = {} } = this.figure
    await plotly.react(this.plot, structuredClone(data), structuredClone(themedLayout(layout)), this.config)
  }

  protected override onAfterShow(): void {
    this.resize()
  }

  protected override onResize(): void {
    this.resize()
  }

  private resize(): void {
    if (this.isVisible && this.plot.hasChildNodes()) this.plotly?.Plots.resize(this.plot)
  }

  override dispose(): void {
    if (this.isDisposed) return
    this.themeObserver.disconnect()
    this.plotly?.purge(this.plot)
    super.dispose()
  }
}

/** Plots inline and as files, drawn by plotly.js in the colours of the theme. */
export const plotlyRenderer: IRenderMime.IExtension = {
  id: 'medtune:plotly-renderer',
  rank: 50,
  dataType: 'json',
  rendererFactory: { safe: true, mimeTypes: [mimeType], createRenderer: () => new RenderedPlotly() },
  fileTypes: [{ name: 'plotly', mimeTypes: [mimeType], extensions: ['.plotly', '.plotly.json'] }],
  documentWidgetFactoryOptions: {
    name: 'Plot',
    primaryFileType: 'plotly',
    fileTypes: ['plotly'],
    defaultFor: ['plotly'],
  },
}
