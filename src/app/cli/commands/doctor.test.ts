import { expect, test } from 'vitest'
import { MedtuneError } from '../../../errors.js'
import type { Backend } from '../../../tensors/backend.js'
import type { Ops } from '../../../tensors/ops.js'
import { type DoctorReport, diagnose, reportBackend } from '../doctor-report.js'
import { doctorLines } from './doctor.js'

const thisMachine = diagnose()

test('reports this machine, whatever it lacks', async () => {
  const report = await thisMachine
  expect(report.node.version).toBe(process.versions.node)
  expect(report.system.memoryBytes).toBeGreaterThan(0)
  for (const backend of report.backends) {
    if (backend.starts) expect(backend.threads).toBeGreaterThan(0)
    else expect(backend.problem).toMatch(/\w/)
  }
  const labels = doctorLines(report).map(([label]) => label)
  expect(labels).toEqual(
    expect.arrayContaining(['Node', 'memory', 'binding', 'TensorFlow', 'dataset', 'default model']),
  )
})

test('a backend that does not start is told with its remedy', async () => {
  const broken: Backend = {
    name: 'cuda',
    description: 'a card',
    start: async () => {
      throw new MedtuneError('BACKEND_UNAVAILABLE', 'no driver. Install one.')
    },
  }
  expect(await reportBackend(broken)).toEqual({
    name: 'cuda',
    description: 'a card',
    starts: false,
    problem: 'no driver. Install one.',
  })
})

test.each([
  [{ fused: true } as const, "cuDNN's fused kernels, which agree with attention in chunks"],
  [{ fused: false, reason: 'no engine' } as const, "in chunks; cuDNN's fused kernels are off: no engine"],
])('says how attention is computed where XLA compiles for a card, %o', async (attentionRoad, said) => {
  const ops = { computeDtypes: ['float32'], dispose: () => undefined } as unknown as Ops
  const card: Backend = {
    ...{ name: 'cuda', description: 'a card' },
    start: async () => ({ ops, threads: 1, detail: 'TensorFlow', attentionRoad }),
  }
  const lines = doctorLines({ ...(await thisMachine), backends: [await reportBackend(card)] })
  expect(Object.fromEntries(lines)).toMatchObject({ '  attention': said })
})

test('names what is missing and the command that brings it', () => {
  const card = { name: 'H100', memoryBytes: 2 ** 36, freeBytes: 2 ** 35, computeCapability: '9.0' }
  const report: DoctorReport = {
    medtune: '1.0.0',
    node: { version: '20.19.0', wanted: '>=20.19' },
    system: { platform: 'linux', cpu: 'x', cores: 2, memoryBytes: 8 * 2 ** 30, freeBytes: 2 ** 30 },
    backends: [{ name: 'cpu', description: '', starts: true, threads: 1, detail: 'plain JavaScript' }],
    native: {
      cacheFolder: '/c',
      binding: { problem: 'nothing built. Run: medtune setup --cpu' },
      cudaBinding: { problem: 'nothing built. Run: medtune setup --gpu' },
      python: undefined,
      installation: { problem: 'not found in: python3 on the PATH' },
    },
    cuda: {
      driver: { version: '580.95', cards: [card], problem: undefined },
      libraries: [{ soname: 'libcublas.so.12', file: undefined, project: 'nvidia-cublas-cu12' }],
      compilerFolder: '/nvcc',
      jitHint: undefined,
    },
    dataset: { file: '/s.json', isSample: true, present: true },
    defaultModel: { folder: '/m', present: false, sizeBytes: 0 },
  }
  expect(Object.fromEntries(doctorLines(report))).toMatchObject({
    memory: '8.0 GB, 1.0 GB free',
    'backend cpu': 'starts: plain JavaScript, 1 thread',
    default: 'cpu is used unless --backend says otherwise',
    binding: 'nothing built. Run: medtune setup --cpu',
    Python: 'not found (not needed)',
    'graphics card': 'H100, 64.0 GB, 32.0 GB free, driver 580.95',
    CUDA: 'missing: libcublas.so.12. Run: medtune setup --gpu (or: pip install nvidia-cublas-cu12)',
    dataset: 'the sample, /s.json. PubMedQA: medtune fetch-data',
    'default model': 'missing: /m. Install medtune again.',
  })
})
