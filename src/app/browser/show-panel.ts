import { ILabShell, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application'
import { ICommandPalette } from '@jupyterlab/apputils'
import { INotebookTracker } from '@jupyterlab/notebook'
import type { Widget } from '@lumino/widgets'

export interface SidePanel {
  readonly id: string
  /** As the tab, the palette and screen readers name it. */
  readonly name: string
  readonly rank: number
  readonly keys: readonly string[]
  /** Makes the panel, about the current notebook. */
  create(tracker: INotebookTracker): Widget
}

/** A plugin with a panel in the right side bar, reachable by its tab, the command palette and a shortcut. */
export function sidePanel({ id, name, rank, keys, create }: SidePanel): JupyterFrontEndPlugin<void> {
  return {
    id,
    autoStart: true,
    requires: [INotebookTracker, ILabShell],
    optional: [ICommandPalette],
    activate(
      { commands }: JupyterFrontEnd,
      tracker: INotebookTracker,
      shell: ILabShell,
      palette: ICommandPalette | null,
    ): void {
      const widget = create(tracker)
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
    },
  }
}
