import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MedtuneError } from '../../../errors.js'
import { type RunningServer, startServer } from '../../server/start-server.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'

const defaultPort = 8888
// Four levels up from src/app/cli/commands as from dist/app/cli/commands.
const packageRoot = fileURLToPath(new URL('../../../../', import.meta.url))

export const notebookCommand: Command = defineCommand({
  name: 'notebook',
  description:
    'Open the notebook app in the browser: JupyterLab with the TypeScript kernel, without Python.\n' +
    'It answers on this machine only, to whoever has the address with its token. Ctrl-C ends it and its kernels.',
  usage: 'notebook [NOTEBOOK]',
  maxPositionals: 1,
  options: {
    port: {
      type: 'integer',
      valueName: 'PORT',
      description: `Where to listen; 0 takes any (default: ${defaultPort}, or the next that is free).`,
    },
    root: {
      type: 'string',
      valueName: 'DIR',
      description: 'Folder to show; nothing outside of it is served (default: the current one).',
    },
    noBrowser: { type: 'boolean', description: 'Print the address only.' },
  },
  examples: [
    { command: 'medtune notebook', does: 'Starts the app and opens it.' },
    { command: 'medtune notebook notebooks/test-model.ipynb', does: 'Opens this notebook.' },
    { command: 'medtune notebook --no-browser --port 9000', does: 'Prints the address, opens nothing.' },
  ],
  async run({ values, positionals, output, signal }) {
    const root = path.resolve(values.root ?? '.')
    if (!existsSync(root) || !statSync(root).isDirectory())
      throw new MedtuneError('FILE_NOT_FOUND', `--root must be a folder; ${root} is none.`)
    const page = pageOf(positionals[0], root)
    const pageFolder = await preparePage()
    const server = await startOnFreePort({ rootFolder: root, pageFolder }, values.port)
    const url = `${server.origin}${page}?token=${server.token}`
    output.print(`The notebook app of ${root} is at\n\n    ${url}\n\nCtrl-C ends it and its kernels.`)
    output.result({ url, port: server.port })
    if (!values.noBrowser) openBrowser(url)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await server.close()
    return exitCodes.ok
  },
})

/** The address of a notebook, given by its path from the current folder. */
function pageOf(notebook: string | undefined, root: string): string {
  if (notebook === undefined) return '/lab'
  const relative = path.relative(root, path.resolve(notebook))
  if (!existsSync(notebook) || relative.startsWith('..') || path.isAbsolute(relative))
    throw new MedtuneError('FILE_NOT_FOUND', `${notebook} must be a file in ${root}; it is not. See --root.`)
  return `/lab/tree/${relative.split(path.sep).map(encodeURIComponent).join('/')}`
}

/** A clone bundles the page on first use; an installed package brings it. */
async function preparePage(): Promise<string> {
  const build = path.join(packageRoot, 'src/app/browser/build.mjs')
  if (!existsSync(build)) return path.join(packageRoot, 'dist/browser')
  const { buildBrowser } = (await import(pathToFileURL(build).href)) as {
    buildBrowser(): Promise<{ directory: string }>
  }
  return (await buildBrowser()).directory
}

async function startOnFreePort(
  options: { rootFolder: string; pageFolder: string },
  port: number | undefined,
): Promise<RunningServer> {
  if (port !== undefined) return startServer({ ...options, port })
  try {
    return await startServer({ ...options, port: defaultPort })
  } catch (error) {
    if (!(error instanceof MedtuneError && error.code === 'INVALID_ARGUMENT')) throw error
    return startServer(options)
  }
}

/** A machine without a browser is no failure: the address is printed. */
function openBrowser(url: string): void {
  const commands: Partial<Record<NodeJS.Platform, [string, string[]]>> = {
    darwin: ['open', [url]],
    win32: ['rundll32', ['url.dll,FileProtocolHandler', url]],
  }
  const [command, args] = commands[process.platform] ?? ['xdg-open', [url]]
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}
