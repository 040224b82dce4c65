import { afterAll, describe, expect } from 'vitest'
import type { StartedBackend } from './backend.js'
import { backends } from './backends/index.js'
import type { NaiveArray } from './naive-arrays.fixture.js'
import type { Ops, Tensor } from './ops.js'

/** What a conformance test is given: the operations under test and short ways to feed and check them. */
export interface Conformance {
  readonly ops: Ops
  up(array: NaiveArray): Tensor
  integers(values: readonly number[]): Tensor
  /**
   * Runs an operation in a scope, compares the shape and every element with host arithmetic, and checks that no handle
   * is left.
   * @param tolerance relative to the largest expected value, or to 1
   */
  expectResult(run: () => Tensor, expected: NaiveArray, tolerance?: number): Promise<void>
}

/** Describes one suite for every backend of the list; one that does not start here is skipped and says why. */
export async function describeBackends(title: string, suite: (given: Conformance) => void): Promise<void> {
  for (const backend of backends) {
    const started: StartedBackend | Error = await backend.start().catch((error: Error) => error)
    if (started instanceof Error) {
      describe.skip(`${title} on ${backend.name}, which does not start here: ${started.message}`, () => {})
      continue
    }
    describe(`${title} on ${backend.name} (${started.detail})`, () => {
      afterAll(() => started.ops.dispose())
      suite(conformanceOf(started.ops))
    })
  }
}

export function floats(values: readonly number[], shape: readonly number[] = [values.length]): NaiveArray {
  return { shape, data: Float32Array.from(values) }
}

function conformanceOf(ops: Ops): Conformance {
  return {
    ops,
    up: ({ data, shape }) => ops.upload(data, shape),
    integers: (values) => ops.upload(Int32Array.from(values), [values.length]),
    async expectResult(run, expected, tolerance = 2e-6) {
      const before = ops.memory().tensors
      const result = ops.scope(run)
      expect(result.shape).toEqual(expected.shape)
      const values = await ops.read(result)
      ops.free(result)
      expect(ops.memory().tensors).toBe(before)
      const scale = Math.max(1, ...expected.data.map(Math.abs))
      for (const [i, value] of expected.data.entries()) {
        if (!(Math.abs((values[i] ?? Number.NaN) - value) <= tolerance * scale)) expect(values[i]).toBe(value)
      }
    },
  }
}
