import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../datasets/datasets.fixture.js'
import { defaultModelDirectory } from '../pipelines/default-model.js'
import { oraclePython } from '../test-data.fixture.js'
import { type HubServer, startHubServer } from './hub-server.fixture.js'
import { resolveModelFolder } from './resolve-model-folder.js'

const root = temporaryFolder()
const commit = 'd'.repeat(40)
const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors']

describe.skipIf(oraclePython === undefined)('one cache for Python and medtune', () => {
  let hub: HubServer
  beforeAll(async () => {
    hub = await startHubServer()
    const files = new Map(names.map((name) => [name, readFileSync(path.join(defaultModelDirectory, name))]))
    hub.repos.set('org/tiny', { files, large: new Set(['model.safetensors', 'tokenizer.json']), commit })
  })
  afterAll(() => hub.close())

  async function python(cacheDirectory: string, call: string): Promise<string> {
    const environment = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cacheDirectory, HF_HUB_DISABLE_XET: '1' }
    const { stdout } = await promisify(execFile)(
      oraclePython ?? '',
      ['-c', `from huggingface_hub import hf_hub_download, snapshot_download; print(${call})`],
      { env: { ...process.env, ...environment } },
    )
    return stdout.trim()
  }

  function settings(cacheDirectory: string, offline: boolean) {
    return { endpoint: hub.endpoint, cacheDirectory, token: undefined, offline }
  }

  test('Python finds offline what medtune downloaded, and downloads nothing online', async () => {
    const cache = mkdtempSync(path.join(root, 'ours-'))
    const folder = await resolveModelFolder('org/tiny', { settings: settings(cache, false) })
    expect(await python(cache, "snapshot_download('org/tiny', local_files_only=True)")).toBe(folder)
    hub.requests.length = 0
    expect(await python(cache, "snapshot_download('org/tiny')")).toBe(folder)
    expect(hub.requests.filter(({ host }) => host === 'cdn')).toEqual([])
    const file = await python(cache, "hf_hub_download('org/tiny', 'config.json', local_files_only=True)")
    expect(file).toBe(path.join(folder, 'config.json'))
  })

  test('medtune finds offline what Python downloaded, and downloads nothing online', async () => {
    const cache = mkdtempSync(path.join(root, 'theirs-'))
    const folder = await python(cache, "snapshot_download('org/tiny')")
    expect(await resolveModelFolder('org/tiny', { settings: settings(cache, true) })).toBe(folder)
    hub.requests.length = 0
    expect(await resolveModelFolder('org/tiny', { settings: settings(cache, false) })).toBe(folder)
    expect(hub.requests.filter(({ path: asked }) => asked.includes('/resolve/'))).toEqual([])
  })
})
