import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../datasets/datasets.fixture.js'
import { oraclePython } from '../../test-data.fixture.js'
import { startJupyter } from './jupyter-server.fixture.js'
import { connectToKernel } from './kernel-connection.fixture.js'
import { startTestServer } from './server.fixture.js'

const folder = temporaryFolder()

describe.skipIf(oraclePython === undefined)("Python's Jupyter Server with --gateway-url", () => {
  test('finds the kernel, runs cells, passes 20,000 lines on, interrupts, restarts and ends it', async () => {
    const server = await startTestServer()
    onTestFinished(() => server.close())
    const jupyter = await startJupyter({
      python: oraclePython ?? '',
      module: 'jupyter_server',
      folder,
      args: [`--gateway-url=${server.origin}`, `--GatewayClient.auth_token=${server.token}`],
    })
    onTestFinished(() => jupyter.kill())
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
