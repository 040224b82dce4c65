import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { installKernelSpec } from '../../notebook/install-kernel-spec.js'

export interface PythonJupyterLab {
  readonly origin: string
  readonly token: string
  close(): Promise<void>
}

/**
 * JupyterLab of Python on a folder, with our kernel installed as `medtune kernel install` does it.
 *
 * @param work where it keeps its settings; shown is `root`
 */
export async function startPythonJupyterLab(
  python: string,
  { root, work }: { root: string; work: string },
): Promise<PythonJupyterLab> {
  await installKernelSpec({ prefix: work })
  const port = await freePort()
  const token = 'medtune-test'
  const child = spawn(
    python,
    [
      ...['-m', 'jupyterlab', '--no-browser', '--allow-root', '--ServerApp.ip=127.0.0.1'],
      ...[`--ServerApp.port=${port}`, `--IdentityProvider.token=${token}`, `--ServerApp.root_dir=${root}`],
    ],
    {
      stdio: 'ignore',
      env: {
        ...process.env,
        JUPYTER_PATH: path.join(work, 'share/jupyter'),
        JUPYTER_CONFIG_DIR: path.join(work, 'config'),
        JUPYTER_DATA_DIR: path.join(work, 'data'),
        JUPYTER_RUNTIME_DIR: path.join(work, 'runtime'),
        JUPYTERLAB_SETTINGS_DIR: path.join(work, 'settings'),
        JUPYTERLAB_WORKSPACES_DIR: path.join(work, 'workspaces'),
      },
    },
  )
  const exited = once(child, 'exit')
  const origin = `http://127.0.0.1:${port}`
  while (!(await answers(`${origin}/lab?token=${token}`))) {
    if (child.exitCode !== null) throw new Error(`JupyterLab ended with exit code ${child.exitCode}.`)
    await sleep(20)
  }
  return {
    ...{ origin, token },
    async close() {
      // It ends its kernels first.
      child.kill('SIGTERM')
      await exited
    },
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
