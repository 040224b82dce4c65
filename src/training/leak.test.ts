import { describe, expect, test } from 'vitest'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { trainAndWatch } from './leak-run.fixture.js'

describe.each(startedBackends.filter((name) => name !== 'cpu'))('training on %s', (backend) => {
  test('holds as many tensors after sixty updates as after twenty', async () => {
    const held = await trainAndWatch(backend, { updates: 60, every: 20 })
    expect(held.map(({ update }) => update)).toEqual([20, 40, 60])
    const counts = held.map(({ tensors, bytes, bindingTensors }) => ({ tensors, bytes, bindingTensors }))
    expect(counts).toEqual([counts[0], counts[0], counts[0]])
  })
})
