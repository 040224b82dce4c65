import { afterEach, describe, expect, test } from 'vitest'
import { nativeBackend } from '../../backends/native.js'
import { attention } from '../../fused/attention.js'
import { randomTensor, relativeError } from '../../fused/gradient-check.fixture.js'
import { causalChunks } from '../../fused/query-chunks.js'
import type { HeadMajorQKV } from '../../kernel-ops.js'
import type { Ops, Tensor, TensorDtype } from '../../ops.js'
import type { NativeBinding } from '../binding.js'
import { NativeOps } from '../native-ops.js'
import { supportedSizes } from './fused-attention.js'
import { type KernelFault, withStandInKernels } from './stand-in-kernels.fixture.js'

const started = await nativeBackend.start().catch(() => undefined)
/** Of the trial case and of the cases here. */
const sizes = { groups: 2, width: 64 }

describe('supportedSizes', () => {
  const of = (
    [heads, groups, length, keys, width]: readonly [number, number, number, number, number],
    dtype: TensorDtype = 'bfloat16',
  ): HeadMajorQKV => {
    const key = { shape: [groups, 3, keys, width], dtype }
    return { query: { shape: [heads, 3, length, width], dtype }, key, value: key }
  }

  test('are those of whole rows in bfloat16 with heads of up to 128 numbers, a multiple of 8', () => {
    expect(supportedSizes(of([8, 2, 512, 512, 128]))).toEqual({
      ...{ heads: 8, groups: 2, batch: 3, length: 512, width: 128 },
    })
    expect(supportedSizes(of([9, 3, 77, 77, 64]))).toBeDefined()
  })

  test.each([
    ['float32', of([8, 2, 512, 512, 64], 'float32')],
    ['float16', of([8, 2, 512, 512, 64], 'float16')],
    ['cached keys', of([8, 2, 1, 512, 64])],
    ['one token', of([8, 2, 1, 1, 64])],
    ['heads of 256', of([8, 2, 512, 512, 256])],
    ['heads of 100', of([8, 2, 512, 512, 100])],
  ])('leave %s to the chunks', (_, inputs) => {
    expect(supportedSizes(inputs)).toBeUndefined()
  })
})

describe.skipIf(started === undefined)('the trial of the kernels', () => {
  const binding = started === undefined ? undefined : (Reflect.get(started.ops, 'traced').binding as unknown)
  const real = binding as NativeBinding
  let ops: NativeOps

  const start = (used: NativeBinding): NativeOps =>
    new NativeOps(used, { compiler: 'xla', fusedAttention: true, recordAtCall: 1 })

  afterEach(() => {
    expect(ops.memory().tensors).toBe(0)
    ops.dispose()
  })

  test('turns the road off where the device has no such kernel, and says why', () => {
    ops = start(real)
    expect(ops.fusedAttention).toBeUndefined()
    expect(ops.attentionRoad).toMatchObject({
      fused: false,
      reason: expect.stringMatching(/No registered implementation .* __cudnn\$fmhaSoftmax/),
    })
  })

  test('accepts kernels that are right', () => {
    ops = start(withStandInKernels(real, sizes).binding)
    expect(ops.attentionRoad).toEqual({ fused: true })
  })

  const withoutMask: KernelFault['mask'] = (_, length) => [
    { begin: 0, end: length, keyBegin: 0, keyEnd: length, mask: undefined },
  ]
  const faults: [string, KernelFault, RegExp][] = [
    ['see later tokens', { mask: withoutMask }, /attended/],
    [
      'see the token before at most',
      { mask: (device, length) => causalChunks(device, length, { window: 2 }) },
      /attended/,
    ],
    [
      'see all but the first token',
      { mask: (device, length) => causalChunks(device, length, { window: 199 }) },
      /attended/,
    ],
    [
      'scale queries again',
      { inputs: (device, [q, ...rest]) => [device.scale(q as Tensor, 1 / 8), ...rest] },
      /attended/,
    ],
    [
      'share key heads in another order',
      { inputs: (device, [q, k, ...rest]) => [q as Tensor, reversedHeads(device, k as Tensor), ...rest] },
      /attended/,
    ],
    ['leave the last row out', { attended: (device, x) => withoutLastRow(device, x) }, /attended/],
    ['give no numbers', { attended: (device, x) => device.scale(x, Number.NaN) }, /attended is off by NaN/],
    [
      'leave the last row of dQ out',
      { gradients: (device, [dQuery, ...rest]) => [withoutLastRow(device, dQuery as Tensor), ...rest] },
      /dQuery/,
    ],
    ['give dV as dK', { gradients: (_, [dQuery, , dValue]) => [dQuery, dValue, dValue] as Tensor[] }, /dKey/],
    [
      'give half of dV',
      {
        gradients: (device, [dQuery, dKey, dValue]) =>
          [dQuery, dKey, device.scale(dValue as Tensor, 0.5)] as Tensor[],
      },
      /dValue/,
    ],
  ]
  test.each(faults)('refuses kernels that %s', (_, fault, reason) => {
    ops = start(withStandInKernels(real, sizes, fault).binding)
    expect(ops.attentionRoad).toMatchObject({ fused: false, reason: expect.stringMatching(reason) })
  })

  test('serves while a function is recorded, and no other time; a function that does not compile goes on in chunks', async () => {
    const { binding: used, graphs } = withStandInKernels(real, sizes)
    ops = start(used)
    const shape = (heads: number): number[] => [heads, 1, 40, 64]
    const tensors = [4, 2, 2].map((heads, seed) => {
      const exact = ops.upload(randomTensor(shape(heads), seed, 0.5).data, shape(heads))
      const half = ops.cast(exact, 'bfloat16')
      ops.free(exact)
      return half
    })
    const [query, key, value] = tensors as [Tensor, Tensor, Tensor]
    expect(ops.fusedAttention?.forward({ query, key, value }, {})).toBeUndefined()
    let fusedCalls = 0
    const attendAs = (key: string): ReturnType<Ops['trace']> =>
      ops.trace(key, ([q, k, v]) =>
        ops.scope(() => {
          const inputs = { query: q as Tensor, key: k as Tensor, value: v as Tensor }
          const fused = ops.fusedAttention?.forward(inputs, {})
          if (fused !== undefined) fusedCalls++
          return [fused?.attended ?? chunked(ops, inputs)]
        }),
      )
    const expected = ops.scope(() => chunked(ops, { query, key, value }))
    const reference = await ops.read(expected)
    const functions = [attendAs('one'), attendAs('other')]
    for (let call = 0; call < 3; call++) {
      for (const attend of functions) {
        const [attended] = attend(tensors) as [Tensor]
        expect(attended.shape).toEqual(shape(4))
        expect(relativeError(await ops.read(attended), reference)).toBeLessThan(0.02)
        ops.free(attended)
      }
    }
    // The second call of each compiled its graph, failed, and recorded it anew without the kernel.
    expect(fusedCalls).toBe(2)
    expect(graphs.map((graph) => graph.includes('XlaCustomCallV2'))).toEqual([true, true])
    ops.free(expected, ...tensors)
  })
})

function chunked(ops: Ops, inputs: HeadMajorQKV): Tensor {
  const chunks = causalChunks(ops, inputs.query.shape[2] ?? 0)
  return attention(ops, inputs, { chunks }, false).attended
}

function withoutLastRow(ops: Ops, x: Tensor): Tensor {
  const [batch = 0, heads = 0, length = 0, width = 0] = x.shape
  const kept = ops.slice(x, [0, 0, 0, 0], [batch, heads, length - 1, width])
  return ops.pad(kept, [
    [0, 0],
    [0, 0],
    [0, 1],
    [0, 0],
  ])
}

function reversedHeads(ops: Ops, x: Tensor): Tensor {
  const [, heads = 0] = x.shape
  const parts = ops.split(x, new Array<number>(heads).fill(1), 1)
  return ops.concat(parts.reverse(), 1)
}
