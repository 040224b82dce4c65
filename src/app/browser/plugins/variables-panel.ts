import type { JupyterFrontEndPlugin } from '@jupyterlab/application'
import { LabIcon } from '@jupyterlab/ui-components'
import { Widget } from '@lumino/widgets'
import { commOfEach } from '../kernel-comm.js'
import { sidePanel } from '../show-panel.js'

interface Variable {
  readonly name: string
  readonly isImported: boolean
  readonly type: string
  readonly size: string
  readonly dtype: string
  readonly bytes?: number
}

const icon = new LabIcon({
  name: 'medtune:variables',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16"><path class="jp-icon3" fill="#616161" d="M4 4h16v3H4zm0 6h7v3H4zm9 0h7v3h-7zM4 16h7v3H4zm9 0h7v3h-7z"/></svg>',
})

const formatBytes = (bytes: number | undefined): string => {
  if (bytes === undefined) return ''
  if (bytes < 1e3) return `${bytes} B`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`
}

class VariablesPanel extends Widget {
  private readonly body = document.createElement('tbody')
  private readonly filter = document.createElement('input')
  private readonly withImports = document.createElement('input')
  private readonly status = document.createElement('p')
  private variables: readonly Variable[] = []

  constructor(private readonly onShow: () => void) {
    super()
    this.id = 'medtune-variables'
    this.title.icon = icon
    this.title.caption = 'Variables'
    this.addClass('medtune-Panel')
    this.node.setAttribute('role', 'region')
    this.node.setAttribute('aria-label', 'Variables')
    const heading = document.createElement('h2')
    heading.textContent = 'Variables'
    this.filter.type = 'search'
    this.filter.placeholder = 'Filter by name or type'
    this.filter.setAttribute('aria-label', 'Filter variables by name or type')
    this.withImports.type = 'checkbox'
    const label = document.createElement('label')
    label.append(this.withImports, ' imports and functions')
    this.filter.addEventListener('input', () => this.draw())
    this.withImports.addEventListener('change', () => this.draw())
    const table = document.createElement('table')
    table.append(headRow(['Name', 'Type', 'Shape or size', 'dtype', 'Memory']), this.body)
    this.status.setAttribute('role', 'status')
    const scroll = document.createElement('div')
    scroll.className = 'medtune-Scroll'
    scroll.tabIndex = 0
    scroll.setAttribute('role', 'group')
    scroll.setAttribute('aria-label', 'Table of variables')
    scroll.append(table)
    this.node.append(heading, this.filter, label, this.status, scroll)
    this.list([])
  }

  list(variables: readonly Variable[]): void {
    this.variables = variables
    this.draw()
  }

  private draw(): void {
    const text = this.filter.value.toLowerCase()
    const shown = this.variables.filter(({ name, type, isImported }) => {
      const isCode = isImported || type === 'function' || type === 'class'
      return (!isCode || this.withImports.checked) && `${name} ${type}`.toLowerCase().includes(text)
    })
    this.body.replaceChildren(
      ...shown.map(({ name, type, size, dtype, bytes }) =>
        row([name, type, size, dtype, formatBytes(bytes)]),
      ),
    )
    this.status.textContent =
      this.variables.length === 0
        ? 'Run a cell to see its variables.'
        : `${shown.length} of ${this.variables.length} shown`
  }

  protected override onAfterShow(): void {
    this.onShow()
  }
}

function headRow(names: readonly string[]): HTMLElement {
  const head = document.createElement('thead')
  const line = head.insertRow()
  for (const name of names) {
    const cell = document.createElement('th')
    cell.scope = 'col'
    cell.textContent = name
    line.append(cell)
  }
  return head
}

function row(texts: readonly string[]): HTMLTableRowElement {
  const line = document.createElement('tr')
  for (const text of texts) line.insertCell().textContent = text
  return line
}

/** Lists the variables of the current notebook: name, type, shape, dtype, memory; never their text. */
export const variablesPanel: JupyterFrontEndPlugin<void> = sidePanel({
  id: 'medtune:variables-panel',
  name: 'Variables',
  rank: 200,
  keys: ['Alt Shift V'],
  create(tracker) {
    const refresh = async (): Promise<void> => {
      const panel = tracker.currentWidget
      if (panel === null) return widget.list([])
      const { variables } = (await commOf(panel)?.ask({ ask: 'variables' })) ?? {}
      if (panel === tracker.currentWidget && Array.isArray(variables)) widget.list(variables)
    }
    const refreshIfSeen = (): void => {
      if (widget.isVisible) void refresh()
    }
    const widget = new VariablesPanel(() => void refresh())
    const commOf = commOfEach(
      tracker,
      'medtune.inspector',
      (panel, { event }) => {
        if (event === 'ran' && panel === tracker.currentWidget) refreshIfSeen()
      },
      refreshIfSeen,
    )
    tracker.currentChanged.connect(refreshIfSeen)
    return widget
  },
})
