import { expect } from 'vitest'
import type { Ops, Tensor } from '../ops.js'
import { Random } from '../random.js'

/** An input of a function under test: values and shape. */
export interface HostTensor {
  readonly data: Float32Array
  readonly shape: readonly number[]
}

/** Normally distributed values. */
export function randomTensor(shape: readonly number[], seed: number, deviation = 1): HostTensor {
  const random = new Random(seed)
  const length = shape.reduce((count, size) => count * size, 1)
  return { data: Float32Array.from({ length }, () => random.normal(0, deviation)), shape }
}

/** Largest |a − b| over the largest |b|. */
export function relativeError(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  const scale = b.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-6)
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] ?? 0))), 0) / scale
}

interface GradientCheck<Name extends string> {
  readonly inputs: Readonly<Record<Name, HostTensor>>
  /** The function: one output, owned by the open scope. */
  readonly forward: (tensors: Record<Name, Tensor>) => Tensor
  /** Gradients of Σ output · dOutput with respect to the inputs. */
  readonly backward: (tensors: Record<Name, Tensor>, dOutput: Tensor) => Record<Name, Tensor>
  readonly step?: number
  readonly tolerance?: number
}

/** Compares hand-written gradients with central differences of Σ output · weights, weights random. */
export async function expectGradients<Name extends string>(
  ops: Ops,
  check: GradientCheck<Name>,
): Promise<void> {
  const { inputs, step = 1e-2, tolerance = 3e-3 } = check
  const names = Object.keys(inputs) as Name[]
  const evaluate = async (changed: Record<Name, HostTensor>): Promise<Float32Array> =>
    readAndFree(
      ops,
      ops.scope(() => check.forward(uploadAll(ops, changed))),
    )
  const output = await evaluate(inputs)
  const shape = ops.scope(() => check.forward(uploadAll(ops, inputs)).shape)
  const weights = randomTensor(shape, 99)
  const weighted = (values: Float32Array): number =>
    values.reduce((sum, value, i) => sum + value * (weights.data[i] ?? 0), 0)
  expect(output.length).toBe(weights.data.length)
  const gradients = ops.scope(() =>
    check.backward(uploadAll(ops, inputs), ops.upload(weights.data, weights.shape)),
  )
  for (const name of names) {
    expect(gradients[name].shape).toEqual(inputs[name].shape)
    const actual = await readAndFree(ops, gradients[name])
    const expected = new Float32Array(actual.length)
    for (let i = 0; i < expected.length; i++) {
      const moved = async (by: number): Promise<number> => {
        const data = Float32Array.from(inputs[name].data)
        data[i] = (data[i] ?? 0) + by
        return weighted(await evaluate({ ...inputs, [name]: { ...inputs[name], data } }))
      }
      expected[i] = ((await moved(step)) - (await moved(-step))) / (2 * step)
    }
    expect(relativeError(actual, expected), `gradient of ${name}`).toBeLessThan(tolerance)
  }
}

function uploadAll<Name extends string>(
  ops: Ops,
  inputs: Readonly<Record<Name, HostTensor>>,
): Record<Name, Tensor> {
  const names = Object.keys(inputs) as Name[]
  const entries = names.map((name) => [name, ops.upload(inputs[name].data, inputs[name].shape)] as const)
  return Object.fromEntries(entries) as Record<Name, Tensor>
}

/** Host values of a handle, which is freed. */
export async function readAndFree(ops: Ops, tensor: Tensor): Promise<Float32Array> {
  const values = await ops.read(tensor)
  ops.free(tensor)
  return values
}
