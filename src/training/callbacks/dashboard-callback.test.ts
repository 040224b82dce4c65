import { afterEach, expect, test } from 'vitest'
import type { TrainingLogEntry } from '../training-log.js'
import { dashboardCallback } from './dashboard-callback.js'
import type { TrainingState } from './training-callback.js'

const KERNEL = Symbol.for('medtune.kernel')
afterEach(() => Reflect.deleteProperty(globalThis, KERNEL))

test('outside a kernel there is none', () => {
  expect(dashboardCallback()).toBeUndefined()
})

test('tells the kernel of begin, log, save and end', async () => {
  const calls: unknown[] = []
  const job = {
    log: (_entry: object, step: number) => calls.push(['log', step]),
    saved: (directory: string) => calls.push(['saved', directory]),
    end: (step: number) => calls.push(['end', step]),
  }
  const begin = (facts: object) => {
    calls.push(['begin', facts])
    return job
  }
  Reflect.set(globalThis, KERNEL, { training: { begin } })
  const callback = dashboardCallback()
  const state = { step: 2, totalSteps: 4 } as TrainingState
  await callback?.onTrainBegin?.(state, [])
  await callback?.onLog?.({ step: 2, loss: 1 } as TrainingLogEntry, state)
  await callback?.onSave?.('out', state)
  await callback?.onTrainEnd?.(state)
  expect(calls).toEqual([
    ['begin', { totalSteps: 4 }],
    ['log', 2],
    ['saved', 'out'],
    ['end', 2],
  ])
})
