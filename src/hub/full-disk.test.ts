import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../datasets/datasets.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'
import { type HubServer, startHubServer } from './hub-server.fixture.js'
import { resolveModelFolder } from './resolve-model-folder.js'

const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
const cacheDirectory = mkdtempSync(path.join(temporaryFolder(), 'full-'))
let hub: HubServer

beforeAll(async () => {
  hub = await startHubServer()
  const files = new Map([
    ['adapter_config.json', Buffer.from('{"peft_type":"LORA"}')],
    ['adapter_model.safetensors', randomBytes(2_000_000)],
    ['config.json', Buffer.from('{}')],
  ])
  hub.repos.set('org/adapter', {
    files,
    large: new Set(['adapter_model.safetensors']),
    commit: 'f'.repeat(40),
  })
})
afterAll(() => hub.close())

test.skipIf(process.platform === 'win32')(
  'a disk that fills up during a download leaves no snapshot, and with space the download goes on',
  async () => {
    // A limit on the size of files stands for the full disk: the write fails in the same place.
    const command = `trap '' XFSZ; ulimit -f 1000; exec "${process.execPath}" "${bin}" download org/adapter`
    const env = { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cacheDirectory }
    const said = await new Promise<string>((resolve) => {
      execFile('bash', ['-c', command], { env }, (_, __, stderr) => resolve(stderr))
    })
    expect(said).toMatch(/FILE_UNWRITABLE: the model cache .* it is full\. Free some space/)
    expect(readdirSync(path.join(cacheDirectory, 'models--org--adapter'))).toEqual(['blobs'])
    hub.requests.length = 0
    const settings = { endpoint: hub.endpoint, cacheDirectory, token: undefined, offline: false }
    const folder = await resolveModelFolder('org/adapter', { settings })
    expect(hub.requests.find(({ host }) => host === 'cdn')?.range).toMatch(/^bytes=\d{6,}-$/)
    // config.json beside an adapter describes its base and stays where it is.
    expect(readdirSync(folder).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors'])
  },
)
