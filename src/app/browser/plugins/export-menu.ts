import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application'
import { ICommandPalette, Notification } from '@jupyterlab/apputils'
import { PageConfig, URLExt } from '@jupyterlab/coreutils'
import { IMainMenu } from '@jupyterlab/mainmenu'
import { INotebookTracker } from '@jupyterlab/notebook'
import { ServerConnection } from '@jupyterlab/services'
import { MenuSvg } from '@jupyterlab/ui-components'

const formats = [
  { format: 'script', label: 'TypeScript Script', extension: '.ts' },
  { format: 'markdown', label: 'Markdown', extension: '.md' },
  { format: 'html', label: 'HTML', extension: '.html' },
] as const

/** Saves what the server made of the notebook as a file of the browser. */
async function download(path: string, format: string, extension: string): Promise<void> {
  const url = URLExt.join(PageConfig.getBaseUrl(), 'medtune/api/export')
  const body = JSON.stringify({ path, format })
  const response = await ServerConnection.makeRequest(
    url,
    { method: 'POST', body },
    ServerConnection.makeSettings(),
  )
  if (!response.ok) throw await ServerConnection.ResponseError.create(response)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = path.replace(/^.*\//, '').replace(/\.ipynb$/, '') + extension
  link.click()
  URL.revokeObjectURL(link.href)
}

/** File → Export Notebook: TypeScript, Markdown, HTML by the server; PDF by the browser's print dialog. */
export const exportMenu: JupyterFrontEndPlugin<void> = {
  id: 'medtune:export-menu',
  autoStart: true,
  requires: [IMainMenu, INotebookTracker],
  optional: [ICommandPalette],
  activate(
    { commands }: JupyterFrontEnd,
    mainMenu: IMainMenu,
    tracker: INotebookTracker,
    palette: ICommandPalette | null,
  ): void {
    const isEnabled = (): boolean => tracker.currentWidget !== null
    const menu = new MenuSvg({ commands })
    menu.id = 'medtune-export'
    menu.title.label = 'Export Notebook'
    const add = (command: string): void => {
      menu.addItem({ command })
      palette?.addItem({ command, category: 'medtune', args: { isPalette: true } })
    }
    for (const { format, label, extension } of formats) {
      commands.addCommand(`medtune:export-${format}`, {
        label: ({ isPalette }) => (isPalette === true ? `Export Notebook as ${label}` : label),
        caption: `Download the notebook as ${label}`,
        isEnabled,
        async execute() {
          const context = tracker.currentWidget?.context
          if (context === undefined) return
          try {
            // The server reads the file.
            if (context.model.dirty) await context.save()
            await download(context.path, format, extension)
          } catch (error) {
            Notification.error(
              `The notebook could not be exported: ${error instanceof Error ? error.message : error}`,
              { autoClose: false },
            )
          }
        },
      })
      add(`medtune:export-${format}`)
    }
    commands.addCommand('medtune:export-pdf', {
      label: ({ isPalette }) => (isPalette === true ? 'Export Notebook as PDF (print) …' : 'PDF (print) …'),
      caption: 'Print the notebook, or save it as PDF',
      isEnabled,
      execute: () => commands.execute('apputils:print'),
    })
    add('medtune:export-pdf')
    mainMenu.fileMenu.addItem({ type: 'submenu', submenu: menu, rank: 55 })
  },
}
