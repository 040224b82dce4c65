import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { testData } from '../test-data.fixture.js'
import { loadCausalLM } from './load-causal-lm.js'

const directory = testData('models/stories260K')

describe.each(startedBackends)('pretrained 260K-parameter Llama on %s', (backend) => {
  test.skipIf(directory === undefined)('greedy continuation equals the reference', async () => {
    const expected: number[] = JSON.parse(
      await readFile(path.join(directory ?? '', 'greedy_ids.json'), 'utf8'),
    )
    const model = await loadCausalLM(directory ?? '', { backend })
    const cache = model.createCache()
    const ids = expected.slice(0, 1)
    let next = ids
    while (ids.length < expected.length) {
      const logits = await model.decode(next, cache)
      next = [logits.indexOf(Math.max(...logits))]
      ids.push(...next)
    }
    cache.dispose()
    model.dispose()
    expect(ids).toEqual(expected)
  })
})
