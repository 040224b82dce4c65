import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { cudaTensorFlowCache, repositoryRoot } from '../../../test-data.fixture.js'
import {
  activateBinding,
  bindingCacheFolder,
  bindingKey,
  platformName,
  writeManifest,
} from '../binding-cache.js'
import { readBindingSources } from '../binding-sources.js'
import { compileBinding, findCompiler } from '../compile-binding.js'
import { pypiTensorFlow } from '../download/tensorflow-wheel.js'
import { runProcess } from '../run-process.js'
import { findCudaLibraries } from './cuda-libraries.js'
import { cudaCompiler } from './cuda-parts.js'
import { downloadCuda } from './download-cuda.js'
import type { PlacementReport } from './pretended-card/placement-run.fixture.js'
import { buildPretendedCard, pretendedCardEnvironment } from './pretended-card/pretended-card.fixture.js'

/** TensorFlow's CUDA build, downloaded once, and a card that computes nothing: where things go is real, numbers are not. */
describe.skipIf(cudaTensorFlowCache === undefined)('the cuda backend on a pretended card', () => {
  let card: string

  beforeAll(async () => {
    vi.stubEnv('XDG_CACHE_HOME', cudaTensorFlowCache)
    card = mkdtempSync(path.join(tmpdir(), 'medtune-card-'))
    const tensorflow = await pypiTensorFlow.find({ device: 'gpu', looked: [], dryRun: false })
    if (tensorflow === undefined) throw new Error('TensorFlow with CUDA could not be downloaded')
    await buildPretendedCard(card, tensorflow.folder)
    for (const [name, value] of Object.entries(pretendedCardEnvironment(card))) vi.stubEnv(name, value)
    if ((await findCudaLibraries(tensorflow.folder)).compilerFolder === undefined) {
      await downloadCuda([cudaCompiler], tensorflow, { dryRun: false })
    }
    const { found, compilerFolder = '' } = await findCudaLibraries(tensorflow.folder)
    const cuda = { libraries: [...found.values()], compilerFolder }
    const [sources, compiler] = [readBindingSources(), await findCompiler()]
    if (compiler === undefined) throw new Error('a C++ compiler must be installed')
    const key = bindingKey(tensorflow, sources, platformName(), cuda)
    const folder = path.join(bindingCacheFolder(), key)
    mkdirSync(folder, { recursive: true })
    await compileBinding({ sources, tensorflow, compiler, folder })
    writeManifest(folder, {
      ...{ key, cuda, platform: platformName(), compiler: compiler.version },
      ...{ tensorflowVersion: tensorflow.version, tensorflowFolder: tensorflow.folder },
      ...{ bindingVersion: sources.version, sourcesHash: sources.hash },
    })
    activateBinding(bindingCacheFolder(), key, 'gpu')
  }, 900_000)

  afterAll(() => {
    vi.unstubAllEnvs()
    rmSync(card, { recursive: true, force: true })
    rmSync(bindingCacheFolder(), { recursive: true, force: true })
  })

  test('every operation of training is placed on the card, and no weight comes back', async () => {
    const program = path.join(
      repositoryRoot,
      'src/tensors/native/cuda/pretended-card/placement-run.fixture.ts',
    )
    const result = await runProcess(process.execPath, ['--import', 'tsx', program, card], {
      cwd: repositoryRoot,
    })
    expect(result.exitCode, result.stderr.slice(-2000)).toBe(0)
    const report = JSON.parse(result.stdout) as PlacementReport
    const elsewhere = Object.entries(report.devices).filter(([, devices]) =>
      devices.some((device) => !device.endsWith('/device:GPU:0')),
    )
    expect(elsewhere).toEqual([])
    const names = Object.keys(report.devices)
    expect(names).toEqual(expect.arrayContaining(['MatMul', 'BatchMatMulV2', 'GatherV2', 'Softmax', 'Rsqrt']))
    expect(
      names.some((name) => name.startsWith('medtune_')),
      'replayed functions',
    ).toBe(true)
    expect(report.weightBytes).toBeGreaterThan(10_000_000)
    for (const step of report.steps) {
      expect(step.launches).toBeGreaterThan(100)
      // The loss, the norm and shapes come back; ids, positions and constants go up.
      expect(step.toHost).toBeLessThan(1024)
      expect(step.toDevice).toBeLessThan(report.weightBytes / 50)
    }
  }, 120_000)

  test.each([
    ['libcudnn.so.9', 'nvidia-cudnn-cu12'],
    ['libcufft.so.11', 'nvidia-cufft-cu12'],
  ])(
    'doctor names %s when it is missing, and what brings it',
    async (soname, project) => {
      rmSync(path.join(card, soname))
      const program = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
      const { stdout } = await runProcess(process.execPath, [program, 'doctor'])
      expect(stdout).toContain('Pretended card')
      expect(stdout).toMatch(new RegExp(`missing: .*${soname}`))
      expect(stdout).toMatch(new RegExp(`medtune setup --gpu \\(or: pip install .*${project}`))
    },
    120_000,
  )
})
