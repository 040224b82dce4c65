import type { JupyterFrontEndPlugin } from '@jupyterlab/application'
import { ISearchProviderRegistry } from '@jupyterlab/documentsearch'
import { NotebookPanel, NotebookSearchProvider } from '@jupyterlab/notebook'
import { OutputModel } from '@jupyterlab/rendermime'
import { deferRendering, drawDeferred } from '../deferred-rendering.js'

type Rendermime = NotebookPanel['content']['rendermime']

const heading = /<h[1-6][\s>]/i

/** The renderers that the code cells of a notebook use, with patience for what is large. */
function patient(rendermime: Rendermime): Rendermime {
  const { sanitizer } = rendermime
  const own: Partial<Rendermime> = {
    createRenderer: (type) => deferRendering(rendermime.createRenderer(type)),
    // Cells themselves clean an output only to look for headings in it, renderers use their own.
    sanitizer: Object.assign(Object.create(sanitizer) as typeof sanitizer, {
      sanitize: (html: string) => (heading.test(html) ? sanitizer.sanitize(html) : ''),
    }),
  }
  return new Proxy(rendermime, {
    get(target, key) {
      const value: unknown = Reflect.get(key in own ? own : target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Searching in outputs reads the page: what waits to be seen is drawn first. */
class OutputSearchProvider extends NotebookSearchProvider {
  override async validateFilter(name: string, value: boolean): Promise<boolean> {
    const isOn = await super.validateFilter(name, value)
    if (name === 'output' && isOn) await drawDeferred(this.widget.node)
    return isOn
  }
}

/** The data of an output are copied at each look at them, though the model has its own copy already: here not. */
function readDataInPlace(): void {
  const copying = Object.getOwnPropertyDescriptor(OutputModel.prototype, 'data')?.get
  Object.defineProperty(OutputModel.prototype, 'data', {
    configurable: true,
    get(this: OutputModel): unknown {
      return this.toJSON().data ?? copying?.call(this)
    },
  })
}

/** Draws large outputs of a notebook when they come into view, not all when it opens. */
export const deferredOutputs: JupyterFrontEndPlugin<void> = {
  id: 'medtune:deferred-outputs',
  autoStart: true,
  requires: [NotebookPanel.IContentFactory, ISearchProviderRegistry],
  activate(_app, factory: NotebookPanel.IContentFactory, searchProviders: ISearchProviderRegistry): void {
    readDataInPlace()
    const create = factory.createCodeCell.bind(factory)
    factory.createCodeCell = (options) => create({ ...options, rendermime: patient(options.rendermime) })
    searchProviders.add('medtune-notebookSearchProvider', {
      isApplicable: NotebookSearchProvider.isApplicable,
      createNew: (panel, translator) => new OutputSearchProvider(panel as NotebookPanel, translator),
    })
  },
}
