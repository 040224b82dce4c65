import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { KernelClient } from '../../src/notebook/kernel-client.js'
import { execute, temporaryFolder } from '../../src/notebook/notebook.fixture.js'

test('files may come and change beside the notebook while its kernel runs', async () => {
  const folder = await temporaryFolder()
  const write = (name: string, value: number): Promise<void> =>
    writeFile(path.join(folder, `${name}.ts`), `export const ${name} = ${value}\n`)
  await write('known', 1)
  const client = await KernelClient.start({ kernelName: 'medtune', folder })
  onTestFinished(() => client.shutdown())
  const code = "import { known } from './known'\nimport { later } from './later'\nconsole.log(known + later)"
  expect((await execute(client, code)).reply.status).toBe('error')
  // One after the other, sooner than the compiler looks: both of its timers are set.
  await write('later', 40)
  await write('known', 2)
  await sleep(100)
  await write('known', 3)
  await sleep(1000)
  expect(await execute(client, code)).toMatchObject({ reply: { status: 'ok' }, stdout: '43\n' })
})
