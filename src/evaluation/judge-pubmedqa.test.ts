import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sampleDatasetFile } from '../datasets/default-dataset.js'
import type { PubMedQaArticle } from '../datasets/pubmedqa-article.js'
import { pubmedQaTestIds } from '../datasets/pubmedqa-test-ids.js'
import { loadPubMedQa } from '../datasets/read-pubmedqa.js'
import type { CausalLM } from '../models/causal-lm.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { repositoryRoot, testData } from '../test-data.fixture.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { decisions } from './classification.js'
import { judgePubMedQa } from './judge-pubmedqa.js'
import { pubMedQaPrompt } from './pubmedqa-prompt.js'

const groundTruth = testData('data/test_ground_truth.json')

test('prompts have the published wording, and hold the conclusion only where no reasoning is asked for', () => {
  const article = { question: 'Is it?', contexts: ['One.', 'Two.'], longAnswer: 'It is.' }
  expect(pubMedQaPrompt(article, 'required')).toBe('Abstract: One.\nTwo.\nQuestion: Is it?\nAnswer:')
  expect(pubMedQaPrompt(article, 'free')).toBe('Abstract: It is.\nQuestion: Is it?\nAnswer:')
})

test.skipIf(groundTruth === undefined)('the shipped test ids are those of the official ground truth', () => {
  const official = Object.keys(JSON.parse(readFileSync(groundTruth ?? '', 'utf8')))
  expect(official).toHaveLength(500)
  expect(new Set(official)).toEqual(pubmedQaTestIds)
})

describe('the embedded model', () => {
  let model: CausalLM
  let tokenizer: Tokenizer
  let articles: PubMedQaArticle[]

  beforeAll(async () => {
    const directory = `${repositoryRoot}/data/models/tiny`
    model = await loadCausalLM(directory, { backend: 'wasm' })
    tokenizer = await loadTokenizer(directory)
    articles = (await loadPubMedQa(sampleDatasetFile)).articles.slice(0, 4)
  })
  afterAll(() => model.dispose())

  test('gives the likeliest answer to each record and tells how far it is', async () => {
    const seen: number[] = []
    const answers = await judgePubMedQa(model, tokenizer, articles, {
      setting: 'required',
      onProgress: (done, total) => seen.push(done / total),
    })
    expect(seen).toEqual([0.25, 0.5, 0.75, 1])
    for (const [index, { id, gold, predicted, logLikelihoods }] of answers.entries()) {
      expect([id, gold]).toEqual([articles[index]?.id, articles[index]?.finalDecision])
      expect(logLikelihoods[decisions.indexOf(predicted)]).toBe(Math.max(...logLikelihoods))
    }
  })

  test('stops when asked to, and refuses records without an answer', async () => {
    const stop = new AbortController()
    const stopped = judgePubMedQa(model, tokenizer, articles, {
      ...{ setting: 'free', signal: stop.signal },
      onProgress: () => stop.abort(),
    })
    await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' })
    const { finalDecision: _, ...unanswered } = articles[0] ?? expect.fail('no record')
    await expect(judgePubMedQa(model, tokenizer, [unanswered], { setting: 'free' })).rejects.toMatchObject({
      code: 'INVALID_DATASET',
    })
  })
})
