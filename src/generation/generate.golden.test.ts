import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { testData } from '../test-data.fixture.js'
import { generate } from './generate.js'

const directory = testData('models/stories260K')

describe.skipIf(directory === undefined).each(startedBackends)(
  'pretrained 260K-parameter Llama on %s',
  (backend) => {
    test('greedy ids equal the reference', async () => {
      const folder = directory ?? ''
      const [first = 0, ...expected]: number[] = JSON.parse(
        readFileSync(path.join(folder, 'greedy_ids.json'), 'utf8'),
      )
      const model = await loadCausalLM(folder, { backend })
      const ids = await generate(model, [first], { maxNewTokens: expected.length, doSample: false })
      model.dispose()
      expect(ids).toEqual(expected)
    })
  },
)
