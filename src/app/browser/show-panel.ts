import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application'
import type { ICommandPalette } from '@jupyterlab/apputils'
import type { Widget } from '@lumino/widgets'

export interface SidePanel {
  readonly widget: Widget
  /** As the tab, the palette and screen readers name it. */
  readonly name: string
  readonly rank: number
  readonly keys: readonly string[]
}

/** Puts a panel into the right side bar, reachable by its tab, the command palette and a shortcut. */
export function addSidePanel(
  { commands }: JupyterFrontEnd,
  shell: ILabShell,
  palette: ICommandPalette | null,
  { widget, name, rank, keys }: SidePanel,
): void {
  widget.node.tabIndex = -1
  shell.add(widget, 'right', { rank, type: name })
  const command = `medtune:show-${name.toLowerCase()}`
  commands.addCommand(command, {
    label: `Show ${name}`,
    execute() {
      shell.activateById(widget.id)
      widget.node.focus()
    },
  })
  commands.addKeyBinding({ command, keys: [...keys], selector: 'body' })
  palette?.addItem({ command, category: 'medtune' })
}
