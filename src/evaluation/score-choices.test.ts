import { expect, test } from 'vitest'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { repositoryRoot } from '../test-data.fixture.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { scoreChoices } from './score-choices.js'

test('likelihoods of answers are those of the whole texts', async () => {
  const directory = `${repositoryRoot}/data/models/tiny`
  const [model, tokenizer] = [
    await loadCausalLM(directory, { backend: 'wasm' }),
    await loadTokenizer(directory),
  ]
  const prompt = 'Abstract: Two groups were compared.\nQuestion: Is it so?\nAnswer:'
  const choices = [' yes', ' no', ' maybe']
  const scores = await scoreChoices(model, tokenizer, prompt, choices)
  const length = tokenizer.encode(prompt).length
  for (const [index, choice] of choices.entries()) {
    const ids = tokenizer.encode(prompt + choice)
    const labels = ids.map((id, position) => (position < length ? -100 : id))
    const whole = -(await model.loss([ids], [labels])) * (ids.length - length)
    expect(scores[index]).toBeCloseTo(whole, 3)
  }
  await expect(scoreChoices(model, tokenizer, prompt, [''])).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  })
  model.dispose()
})
