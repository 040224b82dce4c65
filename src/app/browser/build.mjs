// Bundles the notebook app for the browser into dist/browser/. A clone does that on its first start.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './build-lock.mjs'
import { applicationConfig, themeConfig } from './vite-plugins.mjs'

const script = fileURLToPath(import.meta.url)
const folder = path.dirname(script)
const root = path.resolve(folder, '../../..')
const scope = path.join(root, 'node_modules/@jupyterlab')
const themes = ['theme-light-extension', 'theme-dark-extension']
const testFile = /\.(test|fixture)\.ts$|\.md$/

/** One number for everything the bundle is made of: our sources and the exact versions of all packages. */
function inputsHash() {
  const hash = createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json')))
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !testFile.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
  for (const file of files) hash.update(path.relative(folder, file)).update(readFileSync(file))
  return hash.digest('hex')
}

/** Where our defaults are others than JupyterLab's, by schema file. */
const defaults = {
  // Cells that are run before the kernel is there do nothing; the user must know.
  'notebook-extension/tracker.json': { enableKernelInitNotification: true },
}

function setDefaults(schemas) {
  for (const [name, values] of Object.entries(defaults)) {
    const file = path.join(schemas, name)
    const schema = JSON.parse(readFileSync(file, 'utf8'))
    for (const [key, value] of Object.entries(values)) schema.properties[key].default = value
    writeFileSync(file, JSON.stringify(schema))
  }
}

/** Settings of JupyterLab's plugins: the server gives them to the page, with the version of their package. */
function copySchemas(target) {
  const versions = {}
  for (const name of readdirSync(scope)) {
    const packageFolder = path.join(scope, name)
    const { jupyterlab, version } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8'))
    if (jupyterlab?.schemaDir === undefined) continue
    versions[`@jupyterlab/${name}`] = version
    cpSync(path.join(packageFolder, jupyterlab.schemaDir), path.join(target, 'schemas/@jupyterlab', name), {
      recursive: true,
    })
  }
  setDefaults(path.join(target, 'schemas/@jupyterlab'))
  writeFileSync(path.join(target, 'versions.json'), `${JSON.stringify(versions, null, 2)}\n`)
}

async function bundle(target) {
  const { build } = await import('vite')
  await build(applicationConfig(target))
  for (const theme of themes) {
    await build(themeConfig(path.join(scope, theme), path.join(target, 'themes/@jupyterlab', theme)))
  }
  copySchemas(target)
}

/** In a process of its own: Vite keeps more than 1 GB, which a server that lives on would hold. */
async function bundleApart(target) {
  const child = spawn(process.execPath, [script, target], { stdio: ['ignore', 2, 2] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error('The notebook app could not be built; what went wrong is above.')
}

/**
 * Bundles the app unless `dist/browser/` is up to date. What is there stays whole until the new bundle is complete.
 *
 * @param {{ write?: (text: string) => void }} [options] where to say that it builds; default standard error
 * @returns {Promise<{ directory: string, isBuilt: boolean, seconds: number }>}
 */
export async function buildBrowser({ write = (text) => process.stderr.write(text) } = {}) {
  const directory = path.join(root, 'dist/browser')
  const hash = inputsHash()
  const current = { directory, isBuilt: false, seconds: 0 }
  if (isBuiltFrom(hash, directory)) return current
  mkdirSync(path.dirname(directory), { recursive: true })
  return withLock(path.join(root, 'dist/.browser.lock'), async () => {
    if (isBuiltFrom(hash, directory)) return current
    const startedAt = performance.now()
    write('medtune: building the notebook app, once (about 15 s) …\n')
    const temporary = mkdtempSync(path.join(root, 'dist/browser-build-'))
    try {
      await bundleApart(temporary)
      writeFileSync(path.join(temporary, 'inputs.sha256'), hash)
      replaceFolder(temporary, directory)
    } finally {
      rmSync(temporary, { recursive: true, force: true })
    }
    const seconds = (performance.now() - startedAt) / 1000
    write(`medtune: the notebook app is built (${seconds.toFixed(1)} s)\n`)
    return { directory, isBuilt: true, seconds }
  })
}

function isBuiltFrom(hash, directory) {
  const stamp = path.join(directory, 'inputs.sha256')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash
}

/** A folder cannot be replaced in one step; in between there is none, never half of one. */
function replaceFolder(from, to) {
  const old = `${from}-old`
  if (existsSync(to)) renameSync(to, old)
  renameSync(from, to)
  rmSync(old, { recursive: true, force: true })
}

const [, called, target] = process.argv
if (called === script && target !== undefined) await bundle(target)
