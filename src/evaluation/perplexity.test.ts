import { expect, test } from 'vitest'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { repositoryRoot } from '../test-data.fixture.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { perplexity } from './perplexity.js'

test('every token weighs the same, long texts lose their end, and a stop is heard', async () => {
  const directory = `${repositoryRoot}/data/models/tiny`
  const model = await loadCausalLM(directory, { backend: 'wasm' })
  const tokenizer = await loadTokenizer(directory)
  try {
    const texts = ['Patients were followed for two years after surgery.', 'Pain decreased.', '']
    let [sum, count] = [0, 0]
    for (const text of texts.slice(0, 2)) {
      const ids = tokenizer.encode(text)
      sum += (await model.loss([ids], [ids])) * (ids.length - 1)
      count += ids.length - 1
    }
    const result = await perplexity(model, tokenizer, texts)
    expect(result).toMatchObject({ tokens: count, records: 3, truncated: 0 })
    expect(result.meanLoss).toBeCloseTo(sum / count, 5)
    expect(result.perplexity).toBeCloseTo(Math.exp(sum / count), 3)

    const long = await perplexity(model, tokenizer, ['pain '.repeat(3000)])
    expect(long).toMatchObject({ truncated: 1, tokens: model.config.maxPositionEmbeddings - 1 })

    await expect(perplexity(model, tokenizer, [''])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const signal = AbortSignal.abort()
    await expect(perplexity(model, tokenizer, texts, { signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    })
  } finally {
    model.dispose()
  }
})
