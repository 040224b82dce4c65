import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FakeIndex, serveFakeIndex, zipOf } from '../download/fake-index.fixture.js'
import { findCudaLibraries } from './cuda-libraries.js'
import { cudaCompiler, cudaParts } from './cuda-parts.js'
import { cudaRemedy, describeCuda } from './describe-cuda.js'
import { downloadCuda } from './download-cuda.js'
import { describeDriver } from './nvidia-driver.js'
import { cudaEnvironment, prepareCuda } from './prepare-cuda.js'

let folder: string
let index: FakeIndex | undefined

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'medtune-cuda-'))
  vi.stubEnv('XDG_CACHE_HOME', path.join(folder, 'cache'))
  vi.stubEnv('LD_LIBRARY_PATH', '')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await index?.close()
  index = undefined
  rmSync(folder, { recursive: true, force: true })
})

/** A tensorflow package folder; `nvidia/` beside it holds these parts. */
function writeInstallation(parts: readonly string[]): string {
  for (const part of cudaParts.filter(({ project }) => parts.includes(project))) {
    const library = path.join(folder, 'site/nvidia', part.folder, 'lib')
    mkdirSync(library, { recursive: true })
    for (const soname of part.sonames) writeFileSync(path.join(library, soname), '')
  }
  const tensorflow = path.join(folder, 'site/tensorflow')
  mkdirSync(tensorflow, { recursive: true })
  return tensorflow
}

/** Programs and libraries as a driver installs them, ahead of the machine's own. */
function pretendDriver(answer: string): void {
  const programs = path.join(folder, 'driver')
  mkdirSync(programs)
  writeFileSync(path.join(programs, 'nvidia-smi'), `#!/bin/sh\necho '${answer}'\n`)
  chmodSync(path.join(programs, 'nvidia-smi'), 0o755)
  for (const soname of ['libcuda.so.1', 'libnvidia-ml.so.1']) writeFileSync(path.join(programs, soname), '')
  vi.stubEnv('PATH', `${programs}:${process.env.PATH}`)
  vi.stubEnv('LD_LIBRARY_PATH', programs)
}

describe('findCudaLibraries', () => {
  test('finds what pip puts beside TensorFlow and names the rest', async () => {
    const tensorflow = writeInstallation(['nvidia-cublas-cu12', 'nvidia-cudnn-cu12'])
    const { found, missing } = await findCudaLibraries(tensorflow)
    expect(found.get('libcublas.so.12')).toBe(path.join(folder, 'site/nvidia/cublas/lib/libcublas.so.12'))
    expect(found.has('libcudnn.so.9')).toBe(true)
    expect(missing.map(({ project }) => project)).not.toContain('nvidia-cublas-cu12')
  })

  test('each library is found after those it loads', async () => {
    const tensorflow = writeInstallation(cudaParts.map(({ project }) => project))
    const { found, missing } = await findCudaLibraries(tensorflow)
    expect(missing).toEqual([])
    const order = [...found.keys()]
    expect(order.indexOf('libcublasLt.so.12')).toBeLessThan(order.indexOf('libcublas.so.12'))
    expect(order.indexOf('libnvJitLink.so.12')).toBeLessThan(order.indexOf('libcusparse.so.12'))
  })
})

describe('downloadCuda', () => {
  test('takes the release that the metadata asks for, and its libraries alone', async () => {
    const tensorflow = writeInstallation([])
    mkdirSync(path.join(folder, 'site/tensorflow-2.21.0.dist-info'))
    writeFileSync(
      path.join(folder, 'site/tensorflow-2.21.0.dist-info/METADATA'),
      'Name: tensorflow\nRequires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"\n',
    )
    const wheel = zipOf({
      'nvidia/cublas/lib/libcublas.so.12': Buffer.from('a'),
      'nvidia/cublas/lib/libcublasLt.so.12': Buffer.from('b'),
      'nvidia/cublas/include/cublas.h': Buffer.from('c'),
    })
    const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
    const name = (version: string): string =>
      `nvidia_cublas_cu12-${version}-py3-none-manylinux_2_27_${machine}.whl`
    index = await serveFakeIndex('nvidia-cublas-cu12', {
      [name('12.10.1.4')]: wheel,
      [name('12.9.1.4')]: wheel,
      [name('13.0.0.1')]: wheel,
    })
    vi.stubEnv('PIP_INDEX_URL', index.url)
    const cublas = cudaParts.filter(({ folder: name }) => name === 'cublas')
    const installation = {
      folder: tensorflow,
      includeFolder: '',
      libraries: [],
      version: '2.21.0',
      foundBy: '',
      cuda: true,
    }
    await downloadCuda(cublas, installation, { dryRun: false })
    const { found } = await findCudaLibraries(tensorflow)
    const expected = path.join(
      folder,
      'cache/medtune/tensorflow/nvidia-cublas-cu12-12.10.1.4/nvidia/cublas/lib',
    )
    expect(found.get('libcublasLt.so.12')).toBe(path.join(expected, 'libcublasLt.so.12'))
  })
})

describe('describeDriver', () => {
  test('lists the cards', async () => {
    pretendDriver('NVIDIA H100, 81559, 80000, 9.0, 580.95.05')
    expect(await describeDriver()).toEqual({
      version: '580.95.05',
      cards: [
        {
          name: 'NVIDIA H100',
          memoryBytes: 81559 * 2 ** 20,
          freeBytes: 80000 * 2 ** 20,
          computeCapability: '9.0',
        },
      ],
      problem: undefined,
    })
  })

  test('an old driver is told by the version it must have', async () => {
    pretendDriver('Tesla T4, 15000, 15000, 7.5, 470.57.02')
    expect((await describeDriver()).problem).toBe(
      'driver 470.57.02 is too old: CUDA 12 needs 525.60.13 or newer. Update the driver',
    )
  })
})

describe('doctor', () => {
  test('names each missing library and the command that supplies it', async () => {
    pretendDriver('NVIDIA B200, 180000, 180000, 10.0, 580.95.05')
    const description = await describeCuda()
    const missing = description.libraries.filter(({ file }) => file === undefined)
    for (const { project } of missing) expect(cudaRemedy(description)).toContain(project)
    if (description.compilerFolder === undefined)
      expect(cudaRemedy(description)).toContain(cudaCompiler.project)
    expect(description.jitHint).toMatch(/B200 \(compute capability 10\.0\) is newer/)
  })
})

describe('prepareCuda', () => {
  const installation = { folder: '/tf', includeFolder: '', libraries: [], version: '2.21.0', foundBy: '' }

  test('refuses a TensorFlow for processors, and a driver that is too old', async () => {
    await expect(prepareCuda({ ...installation, cuda: false }, { dryRun: false })).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringMatching(/must be a build with CUDA/),
    })
    pretendDriver('Tesla T4, 15000, 15000, 7.5, 470.57.02')
    await expect(prepareCuda({ ...installation, cuda: true }, { dryRun: false })).rejects.toThrow(
      /driver 470\.57\.02 is too old.*medtune setup --cpu/,
    )
  })
})

test('cudaEnvironment keeps what the user has set', () => {
  const cuda = { libraries: [], compilerFolder: '/nvcc' }
  expect(cudaEnvironment(cuda, {})).toMatchObject({
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    XLA_FLAGS: '--xla_gpu_cuda_data_dir=/nvcc',
  })
  const own = cudaEnvironment(cuda, { TF_FORCE_GPU_ALLOW_GROWTH: 'false', XLA_FLAGS: '--xla_dump_to=/x' })
  expect(own.TF_FORCE_GPU_ALLOW_GROWTH).toBeUndefined()
  expect(own.XLA_FLAGS).toBe('--xla_dump_to=/x --xla_gpu_cuda_data_dir=/nvcc')
})
