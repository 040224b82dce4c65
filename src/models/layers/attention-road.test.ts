import { describe, expect, test, vi } from 'vitest'
import { nativeBackend } from '../../tensors/backends/native.js'
import { attention, attentionBackward } from '../../tensors/fused/attention.js'
import { relativeError } from '../../tensors/fused/gradient-check.fixture.js'
import { causalChunks } from '../../tensors/fused/query-chunks.js'
import type { FusedAttentionOps, ScoreRule } from '../../tensors/kernel-ops.js'
import type { NativeBinding } from '../../tensors/native/binding.js'
import { NativeOps } from '../../tensors/native/native-ops.js'
import type { OpRunner } from '../../tensors/native/op-runner.js'
import type { Ops } from '../../tensors/ops.js'
import { Random } from '../../tensors/random.js'
import type { CausalLM, GradientOptions, TokenBatch } from '../causal-lm.js'
import { DecoderLM } from '../decoder-lm.js'
import { uploadWeight } from '../load-weights.js'
import { interpretConfig } from '../model-folder.js'
import { tinyConfig } from '../tiny-config.fixture.js'

const started = await nativeBackend.start().catch(() => undefined)

/** Kernels of a card as this machine can compute them: only while a function is recorded, for the plain rule. */
class ChunkedKernels implements FusedAttentionOps {
  forwards = 0
  backwards = 0

  private readonly ops: Ops
  private readonly recording: () => boolean

  constructor(ops: Ops, recording: () => boolean) {
    this.ops = ops
    this.recording = recording
  }

  alwaysServes(): boolean {
    return false
  }

  dispose(): void {
    // Everything it made belongs to scopes.
  }

  forward(
    inputs: Parameters<FusedAttentionOps['forward']>[0],
    { firstKeys, softCap }: ScoreRule,
  ): ReturnType<FusedAttentionOps['forward']> {
    if (!this.recording() || firstKeys !== undefined || softCap !== undefined) return undefined
    this.forwards++
    const [heads = 0, batch = 0, length = 0] = inputs.query.shape
    const ops = this.ops
    return ops.scope(() => {
      const { attended } = attention(ops, inputs, { chunks: causalChunks(ops, length) }, false)
      return { attended, statistics: ops.full([batch, heads, length], 0) }
    })
  }

  backward(
    inputs: Parameters<FusedAttentionOps['backward']>[0],
    { attended }: Parameters<FusedAttentionOps['backward']>[1],
    dAttended: Parameters<FusedAttentionOps['backward']>[2],
  ): ReturnType<FusedAttentionOps['backward']> {
    if (!this.recording()) return undefined
    this.backwards++
    const ops = this.ops
    const chunks = causalChunks(ops, inputs.query.shape[2] ?? 0)
    const outputs = { attended, probabilities: [] }
    return attentionBackward(ops, inputs, outputs, dAttended, { chunks })
  }
}

const batch: TokenBatch = {
  inputIds: Int32Array.of(1, 5, 3, 9, 4, 2, 1, 7, 7, 0, 0, 0),
  labels: Int32Array.of(1, 5, 3, 9, 4, 2, 1, 7, 7, -100, -100, -100),
  ...{ batchSize: 2, length: 6 },
}

function modelOn(ops: Ops, changes: Readonly<Record<string, unknown>>): CausalLM {
  const { config, architecture } = interpretConfig('config', { ...tinyConfig, ...changes })
  const random = new Random(5)
  const weights = new Map(
    architecture.weightSpecs(config).map((spec) => {
      const data = new Float32Array(spec.shape.reduce((count, size) => count * size, 1))
      const values = data.map(() => random.normal(0, 0.4))
      return [spec.path, { ...uploadWeight(ops, spec, values), trainable: true }] as const
    }),
  )
  return new DecoderLM(architecture.assemble(config, ops, weights), 'tiny')
}

async function gradientsOf(
  model: CausalLM,
  rows: TokenBatch,
  gradientCheckpointing = false,
): Promise<Map<string, Float32Array>> {
  const gradients = new Map<string, Float32Array>()
  const { ops } = model
  const handles = new Map<string, Parameters<GradientOptions['sink']>[1]>()
  await model.lossAndGradients(rows, {
    ...{ lossDivisor: 7, gradientCheckpointing },
    sink: ({ path }, gradient) => void handles.set(path, ops.keep(gradient)),
  })
  for (const [path, handle] of handles) gradients.set(path, await ops.read(handle))
  ops.free(...handles.values())
  return gradients
}

describe.skipIf(started === undefined)('attention of training', () => {
  const binding = (): NativeBinding => Reflect.get(Reflect.get(started?.ops ?? {}, 'traced'), 'binding')

  /** Recorded at the call given, with kernels that count how often they serve. */
  function opsWithKernels(recordAtCall: number): { ops: NativeOps; kernels: ChunkedKernels } {
    const ops = new NativeOps(binding(), { recordAtCall })
    const runner = Reflect.get(ops, 'runner') as OpRunner
    const kernels = new ChunkedKernels(ops, () => runner.observer !== undefined)
    return { ops: Object.assign(ops, { fusedAttention: kernels }), kernels }
  }

  /** Attends in chunks, one operation after another. */
  function plainOps(): NativeOps {
    return Object.assign(new NativeOps(binding(), { recordAtCall: 0 }), { fusedAttention: undefined })
  }

  async function expectEqualGradients(
    { ops, kernels }: ReturnType<typeof opsWithKernels>,
    changes: Readonly<Record<string, unknown>>,
    rows: TokenBatch,
    gradientCheckpointing = false,
  ): Promise<ChunkedKernels> {
    const plain = plainOps()
    const models = [modelOn(plain, changes), modelOn(ops, changes)] as const
    const expected = await gradientsOf(models[0], rows, gradientCheckpointing)
    const before = ops.memory().tensors
    for (let call = 0; call < 5; call++) {
      const found = await gradientsOf(models[1], rows, gradientCheckpointing)
      expect([...found.keys()]).toEqual([...expected.keys()])
      for (const [path, values] of expected) {
        expect(relativeError(found.get(path) as Float32Array, values), `${call} ${path}`).toBeLessThan(1e-4)
      }
      expect(ops.memory().tensors).toBe(before)
    }
    for (const model of models) model.dispose()
    plain.dispose()
    ops.dispose()
    return kernels
  }

  test.each([
    { recordAtCall: 1, gradientCheckpointing: false },
    { recordAtCall: 1, gradientCheckpointing: true },
    // Forward is recorded while backward is not yet: what the kernel attended goes back through chunks.
    { recordAtCall: 3, gradientCheckpointing: false },
    { recordAtCall: 3, gradientCheckpointing: true },
  ])(
    'takes the kernels both ways with equal gradients, %o',
    async ({ recordAtCall, gradientCheckpointing }) => {
      const kernels = await expectEqualGradients(
        opsWithKernels(recordAtCall),
        {},
        batch,
        gradientCheckpointing,
      )
      expect(kernels.forwards).toBeGreaterThan(0)
      expect(kernels.backwards).toBeGreaterThan(0)
    },
  )

  test('takes them where a window is wider than the rows', async () => {
    const window = {
      model_type: 'mistral',
      sliding_window: 6,
      attention_bias: undefined,
      mlp_bias: undefined,
    }
    const kernels = await expectEqualGradients(opsWithKernels(1), window, batch)
    expect(kernels.backwards).toBeGreaterThan(0)
  })

  const packed = { ...batch, segmentIds: Int32Array.of(0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1) }
  const plain = { attention_bias: undefined, mlp_bias: undefined }
  test.each([
    ['a sliding window', { model_type: 'mistral', sliding_window: 5, ...plain }, batch],
    ['packed rows', {}, packed],
    [
      'a soft cap',
      { model_type: 'gemma2', sliding_window: 99, attn_logit_softcapping: 1.5, mlp_bias: undefined },
      batch,
    ],
  ])('leaves %s to the chunks', async (_, changes, rows) => {
    const kernels = await expectEqualGradients(opsWithKernels(1), changes, rows)
    expect([kernels.forwards, kernels.backwards]).toEqual([0, 0])
  })

  test('a window or segments after plain rows of the same shape do not take what was recorded for those', async () => {
    const { ops, kernels } = opsWithKernels(1)
    const [model, reference] = [modelOn(ops, {}), modelOn(plainOps(), {})]
    for (const rows of [batch, packed, batch, packed]) {
      const expected = await gradientsOf(reference, rows)
      for (const [path, values] of await gradientsOf(model, rows)) {
        expect(relativeError(values, expected.get(path) as Float32Array), path).toBeLessThan(1e-4)
      }
    }
    expect(kernels.forwards).toBe(1)
    for (const used of [model, reference]) {
      used.dispose()
      used.ops.dispose()
    }
  })

  /** The processor's kernels, counted. */
  function opsInTiles(): { ops: NativeOps; calls: { forward: number; backward: number } } {
    const ops = new NativeOps(binding(), { recordAtCall: 2 })
    const calls = { forward: 0, backward: 0 }
    const kernels = ops.fusedAttention as FusedAttentionOps
    const counted: FusedAttentionOps = {
      alwaysServes: (queries) => kernels.alwaysServes(queries),
      forward: (...given) => {
        calls.forward++
        return kernels.forward(...given)
      },
      backward: (...given) => {
        calls.backward++
        return kernels.backward(...given)
      },
    }
    return { ops: Object.assign(ops, { fusedAttention: counted }), calls }
  }

  test.each([
    ['plain rows', {}, batch],
    ['a sliding window', { model_type: 'mistral', sliding_window: 3, ...plain }, batch],
    ['packed rows', {}, packed],
    ['packed rows under a sliding window', { model_type: 'mistral', sliding_window: 2, ...plain }, packed],
    [
      'a soft cap, in layers with and without a window',
      { model_type: 'gemma2', sliding_window: 3, attn_logit_softcapping: 1.5, mlp_bias: undefined },
      batch,
    ],
  ])('the processor attends in tiles to %s', async (_, changes, rows) => {
    const { ops, calls } = opsInTiles()
    const uploads = vi.spyOn(ops, 'upload')
    const [model, reference] = [modelOn(ops, changes), modelOn(plainOps(), changes)]
    uploads.mockClear()
    for (const gradientCheckpointing of [false, true, false, true]) {
      const expected = await gradientsOf(reference, rows)
      for (const [path, values] of await gradientsOf(model, rows, gradientCheckpointing)) {
        expect(relativeError(values, expected.get(path) as Float32Array), path).toBeLessThan(1e-4)
      }
    }
    expect(calls.forward).toBeGreaterThan(calls.backward)
    expect(calls.backward).toBeGreaterThan(0)
    const largestUpload = Math.max(...uploads.mock.calls.map(([data]) => data.length))
    expect(largestUpload, 'no mask of T² numbers').toBeLessThan(rows.length ** 2)
    for (const used of [model, reference]) {
      used.dispose()
      used.ops.dispose()
    }
  })

  test('the plots of attention are those of chunks', async () => {
    const { ops, kernels } = opsWithKernels(1)
    const model = modelOn(ops, {})
    const [first] = await model.attentions([[1, 5, 3, 9]], [0])
    expect(first?.shape).toEqual([1, 4, 4, 4])
    expect(kernels.forwards).toBe(0)
    model.dispose()
    ops.dispose()
  })

  test('goes on with equal gradients where a trial turns the kernels of a card off', async () => {
    const ops = new NativeOps(binding(), { compiler: 'xla', fusedAttention: true, recordAtCall: 1 })
    expect(ops.attentionRoad).toMatchObject({ fused: false })
    const plain = plainOps()
    const [compiled, reference] = [modelOn(ops, {}), modelOn(plain, {})]
    const expected = await gradientsOf(reference, batch)
    for (let call = 0; call < 2; call++) {
      for (const [path, values] of await gradientsOf(compiled, batch)) {
        expect(relativeError(values, expected.get(path) as Float32Array), path).toBeLessThan(1e-4)
      }
    }
    for (const used of [compiled, reference]) {
      used.dispose()
      used.ops.dispose()
    }
  })
})
