import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../../datasets/datasets.fixture.js'
import { sampleDatasetFile } from '../../datasets/default-dataset.js'
import { type HubServer, sendContent, startHubServer } from '../../hub/hub-server.fixture.js'
import { defaultModelDirectory } from '../../pipelines/default-model.js'
import { prepareDataset } from '../../pipelines/prepare-dataset.js'
import { repositoryRoot } from '../../test-data.fixture.js'

const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
const folder = mkdtempSync(path.join(temporaryFolder(), 'hub-'))
let hub: HubServer
let dataset: string

beforeAll(async () => {
  hub = await startHubServer()
  const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors']
  const files = new Map(names.map((name) => [name, readFileSync(path.join(defaultModelDirectory, name))]))
  hub.repos.set('org/tiny', { files, large: new Set(['model.safetensors']), commit: 'e'.repeat(40) })
  dataset = (await prepareDataset({ input: sampleDatasetFile, outputDir: folder })).trainingFile
})
afterAll(() => hub.close())

async function medtune(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number; said: string }> {
  const env = { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HOME: path.join(folder, 'hf'), ...environment }
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)))
  const [code] = await once(child, 'close')
  return { code, said }
}

const train = [
  ...['train', '--model', 'org/tiny', '--dataset', '', '--output-dir', 'adapter', '--max-steps', '1'],
  ...['--per-device-train-batch-size', '1', '--gradient-accumulation-steps', '1', '--max-length', '32'],
]

test('a download is listed, breaks off, goes on; training and questions then need no network', async () => {
  const dry = await medtune(['download', 'org/tiny', '--dry-run'])
  expect(dry.said).toMatch(/MB {2}model\.safetensors\n.*To download: \d/s)
  expect(existsSync(path.join(folder, 'hf'))).toBe(false)

  hub.fault = (request, response, content) => {
    if (content.length < 1e6) return false
    sendContent(request, response, content, request.headers.range === undefined ? 500_000 : 0)
    return true
  }
  const stopped = medtune(['download', 'org/tiny'])
  const blobs = path.join(folder, 'hf/hub/models--org--tiny/blobs')
  expect((await stopped).said).toMatch(/NETWORK: cannot get org\/tiny .* goes on from there/)
  const parts = readdirSync(blobs).filter((name) => name.endsWith('.incomplete'))
  expect(parts).toHaveLength(1)
  // What was on its way when the connection broke may be lost.
  const partBytes = statSync(path.join(blobs, parts[0] ?? '')).size
  expect(partBytes).toBeGreaterThan(0)
  hub.fault = undefined
  hub.requests.length = 0

  train[4] = dataset
  const online = await medtune(train)
  expect(online.code, online.said).toBe(0)
  expect(hub.requests.find(({ host }) => host === 'cdn')?.range).toBe(`bytes=${partBytes}-`)
  const config = JSON.parse(readFileSync(path.join(folder, 'adapter/adapter_config.json'), 'utf8'))
  expect(config.base_model_name_or_path).toBe('org/tiny')

  hub.requests.length = 0
  const offline = await medtune(train, { HF_HUB_OFFLINE: '1' })
  expect(offline.code, offline.said).toBe(0)
  const asked = await medtune(['test', '--model-path', 'adapter', '--max-new-tokens', '2'], {
    HF_HUB_OFFLINE: '1',
  })
  expect(asked.code, asked.said).toBe(0)
  expect(hub.requests).toEqual([])
})
