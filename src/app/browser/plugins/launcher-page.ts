import { ILabShell, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application'
import { ICommandPalette, MainAreaWidget } from '@jupyterlab/apputils'
import { PageConfig, URLExt } from '@jupyterlab/coreutils'
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser'
import { ILauncher, Launcher, LauncherModel } from '@jupyterlab/launcher'
import { ServerConnection } from '@jupyterlab/services'
import { addIcon, launcherIcon } from '@jupyterlab/ui-components'
import { Panel, Widget } from '@lumino/widgets'

/** `GET /medtune/api/state` */
interface State {
  readonly version: string
  readonly backends: readonly { readonly name: string; readonly starts: boolean }[]
  readonly model: { readonly isPresent: boolean }
  readonly data: { readonly isPresent: boolean }
  readonly notebooks: readonly { readonly path: string; readonly title: string }[]
}

/** As they build on each other; others of the folder follow. */
const readingOrder = ['prepare-medical-data', 'finetuning-medical', 'test-model']

function inReadingOrder(notebooks: State['notebooks']): State['notebooks'] {
  const rank = (path: string): number => {
    const at = readingOrder.findIndex((name) => path.endsWith(`/${name}.ipynb`))
    return at === -1 ? readingOrder.length : at
  }
  return [...notebooks].sort((a, b) => rank(a.path) - rank(b.path))
}

async function fetchState(): Promise<State> {
  const url = URLExt.join(PageConfig.getBaseUrl(), 'medtune/api/state')
  const response = await ServerConnection.makeRequest(url, {}, ServerConnection.makeSettings())
  if (!response.ok) throw await ServerConnection.ResponseError.create(response)
  return response.json()
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, text = ''): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  made.textContent = text
  return made
}

/** The notebooks of this package, and what is at hand to run them. */
class StartSection extends Widget {
  constructor(private readonly open: (path: string) => void) {
    super()
    this.addClass('medtune-Start')
    this.node.setAttribute('role', 'region')
    this.node.setAttribute('aria-label', 'medtune notebooks')
    this.node.append(element('h1', 'medtune'), element('p', 'Looking at what is here …'))
    void this.load()
  }

  private async load(): Promise<void> {
    try {
      this.draw(await fetchState())
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.node.replaceChildren(
        element('h1', 'medtune'),
        element('p', `The state could not be read: ${reason}`),
      )
    }
  }

  private draw({ notebooks, backends, model, data, version }: State): void {
    const list = element('ul')
    list.className = 'medtune-Notebooks'
    for (const { path, title } of inReadingOrder(notebooks)) {
      const button = element('button')
      button.type = 'button'
      button.append(element('strong', title), element('span', path))
      button.addEventListener('click', () => this.open(path))
      const item = element('li')
      item.append(button)
      list.append(item)
    }
    const facts = element('dl')
    const add = (name: string, value: string): void => facts.append(element('dt', name), element('dd', value))
    const working = backends.filter(({ starts }) => starts).map(({ name }) => name)
    add(
      'Backend',
      working.length > 0
        ? `${working[0]} (also ${working.slice(1).join(', ') || 'none'})`
        : 'none starts: run medtune doctor',
    )
    add(
      'Model',
      model.isPresent ? 'the embedded demonstration model is here' : 'not there: run medtune setup',
    )
    add('Data', data.isPresent ? 'PubMedQA is here' : 'the sample; medtune fetch-data gets PubMedQA')
    this.node.replaceChildren(element('h1', `medtune ${version}`), list, facts)
  }
}

/** Both parts below each other, in one page that scrolls. */
function launcherPageOf(start: Widget, launcher: Launcher): Widget {
  const page = new Panel()
  page.addClass('medtune-Launcher')
  page.addWidget(start)
  page.addWidget(launcher)
  return page
}

let lastId = 0

/** The page that opens first: the notebooks, the state of backend, model and data, and JupyterLab's own launcher. */
export const launcherPage: JupyterFrontEndPlugin<ILauncher> = {
  id: 'medtune:launcher-page',
  autoStart: true,
  requires: [ILabShell, IDefaultFileBrowser],
  optional: [ICommandPalette],
  provides: ILauncher,
  activate(
    { commands, shell, restored }: JupyterFrontEnd,
    labShell: ILabShell,
    browser: IDefaultFileBrowser,
    palette: ICommandPalette | null,
  ): ILauncher {
    const model = new LauncherModel()
    commands.addCommand('launcher:create', {
      label: 'New Launcher',
      icon: ({ toolbar }) => (toolbar === true ? addIcon : undefined),
      execute: ({ cwd, ref, activate }) => {
        lastId += 1
        const id = `launcher-${lastId}`
        const callback = (item: Widget): void => {
          if ([...shell.widgets('main')].includes(item)) shell.add(item, 'main', { ref: id })
          main.dispose()
        }
        const launcher = new Launcher({
          model,
          cwd: typeof cwd === 'string' ? cwd : browser.model.path,
          callback,
          commands,
        })
        launcher.model = model
        const start = new StartSection((path) => void commands.execute('docmanager:open', { path }))
        const main = new MainAreaWidget({ content: launcherPageOf(start, launcher) })
        main.id = id
        main.title.icon = launcherIcon
        main.title.label = 'Launcher'
        shell.add(main, 'main', { activate: activate !== false, ...(typeof ref === 'string' ? { ref } : {}) })
        return main
      },
    })
    void Promise.all([restored, browser.model.restored]).then(() => {
      const createWhenEmpty = (): void => {
        if (labShell.isEmpty('main')) void commands.execute('launcher:create')
      }
      labShell.layoutModified.connect(createWhenEmpty)
      createWhenEmpty()
    })
    palette?.addItem({ command: 'launcher:create', category: 'Launcher' })
    labShell.addButtonEnabled = true
    labShell.addRequested.connect((_sender, tabs) => {
      const ref = tabs.currentTitle?.owner.id ?? tabs.titles.at(-1)?.owner.id
      void commands.execute('launcher:create', ref === undefined ? {} : { ref })
    })
    return model
  },
}
