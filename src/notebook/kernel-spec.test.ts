import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { installKernelSpec, removeKernelSpec } from './install-kernel-spec.js'
import { findKernelSpec, kernelFolders, listKernelSpecs, userDataFolder } from './kernel-spec.js'
import { temporaryFolder } from './notebook.fixture.js'

function setEnvironment(name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  onTestFinished(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}

test('the user folder follows the platform, and JUPYTER_DATA_DIR above all', () => {
  expect(userDataFolder({ JUPYTER_DATA_DIR: '/x' }, 'linux')).toBe('/x')
  expect(userDataFolder({ XDG_DATA_HOME: '/xdg' }, 'linux')).toBe('/xdg/jupyter')
  expect(userDataFolder({}, 'linux')).toMatch(/\.local\/share\/jupyter$/)
  expect(userDataFolder({}, 'darwin')).toMatch(/Library\/Jupyter$/)
  expect(userDataFolder({ APPDATA: '/roaming' }, 'win32')).toBe('/roaming/jupyter')
})

test('kernels are looked for where Jupyter looks, in its order', () => {
  const env = { JUPYTER_PATH: '/p1:/p2', JUPYTER_DATA_DIR: '/user', VIRTUAL_ENV: '/venv' }
  expect(kernelFolders(env, 'linux')).toEqual(
    ['/p1', '/p2', '/user', '/venv/share/jupyter', '/usr/local/share/jupyter', '/usr/share/jupyter'].map(
      (folder) => `${folder}/kernels`,
    ),
  )
})

test('install writes a spec that starts this kernel; list finds it; remove takes it away', async () => {
  const data = await temporaryFolder()
  setEnvironment('JUPYTER_DATA_DIR', data)
  const folder = await installKernelSpec({ user: true })
  expect(folder).toBe(path.join(data, 'kernels', 'medtune'))
  const json = JSON.parse(await readFile(path.join(folder, 'kernel.json'), 'utf8'))
  expect(json).toMatchObject({
    argv: [process.execPath, expect.stringMatching(/kernels\/tslab\/kernel\.cjs$/), '{connection_file}'],
    display_name: 'TypeScript (tslab, medtune)',
    language: 'typescript',
    interrupt_mode: 'message',
  })
  expect(listKernelSpecs()).toContainEqual(expect.objectContaining({ name: 'medtune', folder }))
  expect(await removeKernelSpec({ user: true })).toBe(folder)
  expect(await removeKernelSpec({ user: true })).toBeUndefined()
})

test('a prefix has its own place', async () => {
  const prefix = await temporaryFolder()
  expect(await installKernelSpec({ prefix })).toBe(
    path.join(prefix, 'share', 'jupyter', 'kernels', 'medtune'),
  )
})

test('a folder that cannot be written is an error with a remedy', async () => {
  const prefix = path.join(await temporaryFolder(), 'file')
  await writeFile(prefix, '')
  await expect(installKernelSpec({ prefix })).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: expect.stringContaining('--user'),
  })
})

test('other kernels are found, broken ones are not', async () => {
  const data = await temporaryFolder()
  setEnvironment('JUPYTER_PATH', data)
  for (const [name, text] of [
    ['good', '{"argv": ["run", "{resource_dir}/k"], "env": {"A": 1}}'],
    ['broken', '{'],
    ['empty', '{}'],
  ] as const) {
    await mkdir(path.join(data, 'kernels', name), { recursive: true })
    await writeFile(path.join(data, 'kernels', name, 'kernel.json'), text)
  }
  const folder = path.join(data, 'kernels', 'good')
  expect(findKernelSpec('good')).toMatchObject({
    argv: ['run', `${folder}/k`],
    interruptMode: 'signal',
    env: { A: '1' },
  })
  expect(() => findKernelSpec('broken')).toThrow(expect.objectContaining({ code: 'KERNEL_FAILED' }))
  expect(listKernelSpecs().map(({ name }) => name)).not.toContain('broken')
})
