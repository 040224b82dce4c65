import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MedtuneError } from '../../../errors.js'
import { readPasswordHash, writePassword } from '../../server/password.js'
import { checkRemoteAccess, type RemoteAccess } from '../../server/remote-access.js'
import { type RunningServer, type ServerOptions, startServer } from '../../server/start-server.js'
import { defaultStateFolder } from '../../server/state-folder.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import type { Output } from '../output.js'
import { readSecret } from '../read-secret.js'

const defaultPort = 8888
// Four levels up from src/app/cli/commands as from dist/app/cli/commands.
const packageRoot = fileURLToPath(new URL('../../../../', import.meta.url))

export const notebookCommand: Command = defineCommand({
  name: 'notebook',
  description:
    'Open the notebook app in the browser: JupyterLab with the TypeScript kernel, without Python.\n' +
    'It answers on this machine only, to whoever has the address with its token. Ctrl-C ends it and its kernels.\n' +
    'With --allow-remote it answers other machines too, over TLS, to whoever has the password.',
  usage: 'notebook [NOTEBOOK | password]',
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
    allowRemote: {
      type: 'boolean',
      description: 'Answer other machines. Needs a password, --certfile and --keyfile.',
    },
    certfile: {
      type: 'string',
      valueName: 'FILE',
      description: 'Certificate (PEM, with its chain); its names are those the app answers under.',
    },
    keyfile: { type: 'string', valueName: 'FILE', description: 'Private key of the certificate (PEM).' },
    cullIdleTimeout: {
      type: 'integer',
      valueName: 'SECONDS',
      description:
        'End a kernel that no page is connected to and that did nothing for so long; 0 never (default: 3600, and only kernels of no document).',
    },
  },
  examples: [
    { command: 'medtune notebook', does: 'Starts the app and opens it.' },
    { command: 'medtune notebook notebooks/test-model.ipynb', does: 'Opens this notebook.' },
    { command: 'medtune notebook --no-browser --port 9000', does: 'Prints the address, opens nothing.' },
    {
      command: 'medtune notebook password',
      does: 'Asks for a password and keeps its hash; MEDTUNE_PASSWORD_FILE may name a file instead.',
    },
    {
      command: 'medtune notebook --allow-remote --certfile lab.crt --keyfile lab.key',
      does: 'Answers other machines under the names in lab.crt.',
    },
  ],
  async run({ values, positionals, output, signal }) {
    if (positionals[0] === 'password') return setPassword(output)
    const root = path.resolve(values.root ?? '.')
    if (!existsSync(root) || !statSync(root).isDirectory())
      throw new MedtuneError('FILE_NOT_FOUND', `--root must be a folder; ${root} is none.`)
    const page = pageOf(positionals[0], root)
    const { allowRemote = false, certfile, keyfile, cullIdleTimeout: cullIdleSeconds } = values
    const remote = readRemoteAccess(allowRemote, certfile, keyfile)
    const passwordHash = await readPasswordHash(defaultStateFolder())
    const options = { rootFolder: root, remote, passwordHash, cullIdleSeconds }
    checkRemoteAccess(options)
    const server = await startOnFreePort({ ...options, pageFolder: await preparePage() }, values.port)
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

async function setPassword(output: Output): Promise<number> {
  const password = await readSecret('New password: ')
  const file = await writePassword(defaultStateFolder(), password)
  output.print(`The hash of the password is in ${file}. It holds from the next start of medtune notebook.`)
  output.result({ file })
  return exitCodes.ok
}

function readRemoteAccess(
  isAllowed: boolean,
  certfile: string | undefined,
  keyfile: string | undefined,
): RemoteAccess | undefined {
  if (!isAllowed) {
    if (certfile === undefined && keyfile === undefined) return undefined
    const message =
      '--certfile and --keyfile are for --allow-remote, which is not given. Add it, or leave them out.'
    throw new MedtuneError('INVALID_ARGUMENT', message)
  }
  if (certfile === undefined || keyfile === undefined)
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      '--allow-remote needs --certfile and --keyfile; one is missing. Get a certificate, or make one for yourself: ' +
        'openssl req -x509 -newkey rsa:3072 -nodes -days 365 -keyout lab.key -out lab.crt -subj /CN=NAME -addext subjectAltName=DNS:NAME',
    )
  return { certificate: readPem('--certfile', certfile), key: readPem('--keyfile', keyfile) }
}

function readPem(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const message = `${option} must be a file that can be read; ${file} cannot.`
    throw new MedtuneError('FILE_UNREADABLE', message, { cause })
  }
}

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

async function startOnFreePort(options: ServerOptions, port: number | undefined): Promise<RunningServer> {
  if (port !== undefined) return startServer({ ...options, port })
  try {
    return await startServer({ ...options, port: defaultPort })
  } catch (error) {
    if (!(error instanceof MedtuneError && error.message.startsWith('port '))) throw error
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
