import type { JupyterFrontEndPlugin } from '@jupyterlab/application'
import { Notebook, NotebookPanel, type StaticNotebook } from '@jupyterlab/notebook'

/** Above this, only the cells near the view are put into the page. */
const longCells = 200

/** A notebook whose page stays small, however many cells it has, unless the user set it otherwise. */
class WindowedNotebook extends Notebook {
  private wanted = super.notebookConfig
  private isLong = false

  override get notebookConfig(): StaticNotebook.INotebookConfig {
    return super.notebookConfig
  }

  override set notebookConfig(config: StaticNotebook.INotebookConfig) {
    this.wanted = config
    const isWindowed = this.isLong && config.windowingMode === 'contentVisibility'
    super.notebookConfig = isWindowed ? { ...config, windowingMode: 'full' } : config
  }

  protected override onCellInserted(...inserted: Parameters<Notebook['onCellInserted']>): void {
    super.onCellInserted(...inserted)
    // All cells of a file come in one go. Later, when some are in the page already, is too late.
    if (this.widgets.length > 1 || (this.model?.cells.length ?? 0) <= longCells) return
    this.isLong = true
    this.notebookConfig = this.wanted
  }
}

/** Long notebooks open and scroll as fast as short ones. */
export const longNotebooks: JupyterFrontEndPlugin<void> = {
  id: 'medtune:long-notebooks',
  autoStart: true,
  requires: [NotebookPanel.IContentFactory],
  activate(_app, factory: NotebookPanel.IContentFactory): void {
    factory.createNotebook = (options) => new WindowedNotebook(options)
  },
}
