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
    if (!this.isLong) this.keepHeights()
    this.isLong = true
    this.notebookConfig = this.wanted
  }

  /**
   * Cells are drawn one by one when the page is idle, measured and hidden again; measured once more while hidden they
   * would count as having no height, and the first look further down would put all of them into the page.
   */
  private keepHeights(): void {
    const { viewModel } = this
    const estimate = viewModel.setEstimatedWidgetSize.bind(viewModel)
    viewModel.setEstimatedWidgetSize = (cellId, size) => {
      if (size === 0) return
      estimate(cellId, size)
      const index = this.widgets.findIndex(({ model }) => model.id === cellId)
      if (size !== null && index >= 0) viewModel.setWidgetSize([{ index, size }])
    }
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
