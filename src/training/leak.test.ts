import { describe, expect, test } from 'vitest'
import { startsHere } from '../tensors/started-dtypes.fixture.js'
import { trainAndWatch } from './leak-run.fixture.js'
import { longRunForms } from './long-run-forms.fixture.js'

describe.each(longRunForms.filter(startsHere))(
  'training on $backend in $dtype, 4 bits: $loadIn4bit',
  (form) => {
    test('holds as many tensors after sixty updates as after twenty', async () => {
      const held = await trainAndWatch(form, { updates: 60, every: 20 })
      expect(held.map(({ update }) => update)).toEqual([20, 40, 60])
      const counts = held.map(({ tensors, bytes, bindingTensors }) => ({ tensors, bytes, bindingTensors }))
      expect(counts).toEqual([counts[0], counts[0], counts[0]])
    })
  },
)
