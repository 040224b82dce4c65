import { rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { cudaTensorFlowCache, repositoryRoot } from '../../../test-data.fixture.js'
import { bindingCacheFolder } from '../binding-cache.js'
import { runProcess } from '../run-process.js'
import { startPretendedCard, trainOnPretendedCard } from './pretended-card/start-pretended-card.fixture.js'

/** TensorFlow's CUDA build, downloaded once, and a card that computes nothing: where things go is real, numbers are not. */
describe.skipIf(cudaTensorFlowCache === undefined)('the cuda backend on a pretended card', () => {
  let card: string

  beforeAll(async () => {
    vi.stubEnv('XDG_CACHE_HOME', cudaTensorFlowCache)
    card = await startPretendedCard((name, value) => {
      vi.stubEnv(name, value)
    })
  }, 900_000)

  afterAll(() => {
    rmSync(bindingCacheFolder(), { recursive: true, force: true })
    rmSync(card, { recursive: true, force: true })
    vi.unstubAllEnvs()
  })

  test('every operation of training is placed on the card, and no weight comes back', async () => {
    const report = await trainOnPretendedCard(card)
    const elsewhere = Object.entries(report.devices).filter(([, devices]) =>
      devices.some((device) => !device.endsWith('/device:GPU:0')),
    )
    expect(elsewhere).toEqual([])
    const names = Object.keys(report.devices)
    expect(names).toEqual(expect.arrayContaining(['MatMul', 'BatchMatMulV2', 'GatherV2', 'Softmax', 'Rsqrt']))
    const recorded = names.filter((name) => name.startsWith('medtune_'))
    expect(recorded.length, 'replayed functions').toBeGreaterThan(0)
    expect(report.weightBytes).toBeGreaterThan(10_000_000)
    for (const step of report.steps) {
      expect(step.launches).toBeGreaterThan(100)
      // The loss, the norm and shapes come back; ids, positions and constants go up.
      expect(step.toHost).toBeLessThan(1024)
      expect(step.toDevice).toBeLessThan(report.weightBytes / 50)
    }
  }, 120_000)

  test('so is every operation on 4-bit weights, with moments in 8 bits', async () => {
    const { devices, steps } = await trainOnPretendedCard(card, {}, 'nf4')
    const elsewhere = Object.entries(devices).filter(([, names]) =>
      names.some((device) => !device.endsWith('/device:GPU:0')),
    )
    expect(elsewhere).toEqual([])
    expect(Object.keys(devices)).toEqual(expect.arrayContaining(['Bitcast', 'GatherV2', 'Max']))
    for (const { toHost } of steps) expect(toHost).toBeLessThan(1024)
  }, 120_000)

  test("XLA takes both calls of cuDNN's attention up to the question which engines compute them", async () => {
    const program = path.join(
      repositoryRoot,
      'src/tensors/native/cuda/pretended-card/fused-attention-run.fixture.ts',
    )
    const { exitCode, stdout, stderr } = await runProcess(process.execPath, ['--import', 'tsx', program], {
      cwd: repositoryRoot,
      env: process.env,
    })
    expect(exitCode, stderr.slice(-2000)).toBe(0)
    const endings = JSON.parse(stdout) as string[]
    expect(endings).toHaveLength(4)
    // cuDNN's graph is whole: products, and scores after a query's position left out.
    for (const ending of endings)
      expect(ending).toMatch(/No valid engine configs for \w*GEN_INDEX_CMP_GE\w*_SELECT\w*_EXP\w*_Matmul/)
  }, 120_000)

  test('the trial turns the road off where no engine answers, and doctor says why', async () => {
    const program = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
    const env = { ...process.env, MEDTUNE_XLA: '1' }
    const { stdout } = await runProcess(process.execPath, [program, 'doctor'], { env })
    expect(stdout).toMatch(/attention: +in chunks; cuDNN's fused kernels are off: .*No valid engine configs/)
  }, 120_000)

  test.each([
    ['libcudnn.so.9', 'nvidia-cudnn-cu12'],
    ['libcufft.so.11', 'nvidia-cufft-cu12'],
  ])(
    'doctor names %s when it is missing, and what brings it',
    async (soname, project) => {
      rmSync(path.join(card, soname))
      const program = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
      // A Python with PyTorch has these libraries, and doctor would find them there.
      const env = { ...process.env, MEDTUNE_PYTHON: '' }
      const { stdout } = await runProcess(process.execPath, [program, 'doctor'], { env })
      expect(stdout).toContain('Pretended card')
      expect(stdout).toMatch(new RegExp(`missing: .*${soname}`))
      expect(stdout).toMatch(new RegExp(`medtune setup --gpu \\(or: pip install .*${project}`))
    },
    120_000,
  )
})
