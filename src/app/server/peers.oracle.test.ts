import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../datasets/datasets.fixture.js'
import { oraclePython } from '../../test-data.fixture.js'
import { connectToKernel } from './kernel-connection.fixture.js'
import { startTestServer, type TestServer } from './server.fixture.js'

const folder = temporaryFolder()

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

interface JupyterServer {
  readonly port: number
  readonly token: string
  ask(address: string, options?: RequestInit): Promise<Response>
}

/** Jupyter Server as its user starts it, with its kernels on our server. */
async function startGateway(python: string, gateway: TestServer): Promise<JupyterServer> {
  const [port, token] = [await freePort(), 'oracle']
  const home = mkdtempSync(path.join(folder, 'home-'))
  const options = ['--no-browser', '--allow-root', `--port=${port}`, `--IdentityProvider.token=${token}`]
  const kernels = [`--gateway-url=${gateway.origin}`, `--GatewayClient.auth_token=${gateway.token}`]
  const child = spawn(
    python,
    ['-m', 'jupyter_server', ...options, `--ServerApp.root_dir=${home}`, ...kernels],
    {
      env: { ...process.env, HOME: home, JUPYTER_RUNTIME_DIR: home },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  onTestFinished(async () => {
    const exited = new Promise((resolve) => child.once('exit', resolve))
    if (child.exitCode === null) {
      child.kill('SIGKILL')
      await exited
    }
  })
  const ask = (address: string, request: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${address}`, { ...request, headers: { authorization: `token ${token}` } })
  const answers = () =>
    ask('/api').then(
      ({ status }) => status,
      () => `no answer; it said ${said.slice(-500)}`,
    )
  await expect.poll(answers, { timeout: 60_000 }).toBe(200)
  return { port, token, ask }
}

describe.skipIf(oraclePython === undefined)("Python's Jupyter Server with --gateway-url", () => {
  test('finds the kernel, runs cells, passes 20,000 lines on, interrupts, restarts and ends it', async () => {
    const server = await startTestServer()
    onTestFinished(() => server.close())
    const jupyter = await startGateway(oraclePython ?? '', server)
    const specs = (await (await jupyter.ask('/api/kernelspecs')).json()) as { kernelspecs: object }
    expect(Object.keys(specs.kernelspecs)).toContain('medtune')
    const body = JSON.stringify({ name: 'medtune' })
    const { id } = (await (await jupyter.ask('/api/kernels', { method: 'POST', body })).json()) as {
      id: string
    }
    expect(server.registry.kernels.map((kernel) => kernel.id)).toEqual([id])
    const client = await connectToKernel(jupyter, id)
    expect((await client.execute('let x = 41; console.log(x + 1)')).content.status).toBe('ok')
    expect(client.printed).toBe('42\n')
    expect((await client.execute("throw new Error('no')")).content).toMatchObject({
      ename: 'Error',
      evalue: 'no',
    })
    await client.execute('for (let i = 0; i < 20_000; i++) console.log(i)')
    expect(client.printed).toBe(`42\n${Array.from({ length: 20_000 }, (_, i) => `${i}\n`).join('')}`)
    const endless = client.execute('for (;;) {}')
    await expect.poll(() => server.registry.kernel(id).isBusy).toBe(true)
    expect((await jupyter.ask(`/api/kernels/${id}/interrupt`, { method: 'POST' })).status).toBe(204)
    expect((await endless).content.status).toBe('error')
    expect((await jupyter.ask(`/api/kernels/${id}/restart`, { method: 'POST' })).status).toBe(200)
    expect((await client.execute('console.log(typeof x)')).content.status).toBe('error')
    client.socket.close()
    expect((await jupyter.ask(`/api/kernels/${id}`, { method: 'DELETE' })).status).toBe(204)
    expect(server.registry.kernels).toEqual([])
  })
})
