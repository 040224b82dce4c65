import './application-styles.js'
import './style/medtune.css'
import { JupyterLab } from '@jupyterlab/application'
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces'
import { jupyterlabModules } from './jupyterlab-modules.js'
import { deferredOutputs } from './plugins/deferred-outputs.js'
import { exportMenu } from './plugins/export-menu.js'
import { launcherPage } from './plugins/launcher-page.js'
import { logo } from './plugins/logo.js'
import { longNotebooks } from './plugins/long-notebooks.js'
import { plotlyRenderer } from './plugins/plotly-renderer.js'
import { resumeOutputs } from './plugins/resume-outputs.js'
import { staleCells } from './plugins/stale-cells.js'
import { trainingDashboard } from './plugins/training-dashboard.js'
import { variablesPanel } from './plugins/variables-panel.js'

/** Left out: what asks other hosts, needs a language server, or is replaced by ours. */
const leftOut =
  /:(language-server|announcements|jupyter-forum|resources|licenses-(client|plugin|commands)|logo|export)$|^@jupyterlab\/(launcher-extension|notebook-extension:search$)/

interface Plugin {
  readonly id: string
}

const asList = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T])

/** JupyterLab reads `default` only from what a compiler marked as a module. */
const asModule = (value: unknown): object => ({ __esModule: true, default: value })

async function start(): Promise<void> {
  const modules = (await Promise.all(jupyterlabModules.map((load) => load()))) as {
    default: Plugin | Plugin[]
  }[]
  const json = await import('@jupyterlab/json-extension')
  const app = new JupyterLab({
    mimeExtensions: [asModule(json.default), asModule([plotlyRenderer])] as IRenderMime.IExtensionModule[],
  })
  for (const module of modules) {
    const plugins = asList(module.default).filter(({ id }) => !leftOut.test(id))
    app.registerPlugins(plugins as Parameters<typeof app.registerPlugins>[0])
  }
  app.registerPlugins([
    launcherPage,
    variablesPanel,
    staleCells,
    exportMenu,
    trainingDashboard,
    resumeOutputs,
    deferredOutputs,
    longNotebooks,
    logo,
  ])
  await app.start()
  await app.restored
}

void start()
