import { expect } from 'vitest'
import type { CausalLM } from '../models/causal-lm.js'
import type { StartedDtype } from '../tensors/started-dtypes.fixture.js'

/** What a run leaves: the loss of each update, and the trained values. */
export interface TrainedRun {
  readonly losses: readonly number[]
  readonly values: readonly Float32Array[]
}

/** Values of everything that trains, on the host. */
export async function trainableValues(model: CausalLM): Promise<Float32Array[]> {
  const values = []
  for (const { trainable, value } of model.parameters())
    if (trainable) values.push(await model.ops.read(value))
  return values
}

/**
 * How far apart two runs may be that differ in the order of rounding alone. AdamW moves a value by the learning rate however
 * small its gradient is, so one whose gradient is rounding may go either way: the mean says whether the runs are the same.
 */
const tolerances = {
  float32: { loss: 5e-5, largest: 1e-3, mean: 5e-5 },
  bfloat16: { loss: 0.02, largest: 0.05, mean: 3e-3 },
}

export function expectSameRun(run: TrainedRun, expected: TrainedRun, dtype: StartedDtype['dtype']): void {
  const tolerance = tolerances[dtype]
  const losses = differences([run.losses], [expected.losses])
  expect(Math.max(...losses), 'losses').toBeLessThan(tolerance.loss)
  const values = differences(run.values, expected.values)
  expect(Math.max(...values), 'largest difference of values').toBeLessThan(tolerance.largest)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  expect(mean, 'mean difference of values').toBeLessThan(tolerance.mean)
}

function differences(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number[] {
  expect(a.map(({ length }) => length)).toEqual(b.map(({ length }) => length))
  return a.flatMap((values, i) =>
    Array.from(values, (value, j) => Math.abs(value - (b[i]?.[j] ?? Number.NaN))),
  )
}
