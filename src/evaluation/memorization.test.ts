import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../datasets/datasets.fixture.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { Random } from '../tensors/random.js'
import { repositoryRoot } from '../test-data.fixture.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { chatMlTemplate, medicalAlpacaTemplate } from '../tokenizers/prompt-template.js'
import { plantCanaries } from './canaries.js'
import { readCanaryFile, writeCanaryFile } from './canary-file.js'
import { describeMemorization, memorization, memorizationReport } from './memorization.js'
import { scoreChoices } from './score-choices.js'

const directory = `${repositoryRoot}/data/models/tiny`
const folder = temporaryFolder()
const rows = Array.from({ length: 20 }, (_, n) => ({ instruction: 'i', input: `${n}`, output: 'o' }))

describe('canaries', () => {
  test('stand among the rows as often as asked, the same for the same seed', () => {
    const options = { count: 3, repeats: 4, seed: 7 }
    const planted = plantCanaries(rows, medicalAlpacaTemplate, options)
    expect(planted.examples).toHaveLength(32)
    expect(planted.examples.filter((row) => row.instruction === 'i')).toEqual(rows)
    expect(plantCanaries(rows, medicalAlpacaTemplate, options)).toEqual(planted)
    for (const { prompt, secret } of planted.list.canaries) {
      const texts = planted.examples.map((row) => Object.values(medicalAlpacaTemplate.format(row)).join(''))
      expect(texts.filter((text) => text === prompt + secret)).toHaveLength(4)
      expect(secret).toMatch(/^\d{4}$/)
    }
    expect(plantCanaries(rows, medicalAlpacaTemplate, { ...options, seed: 8 }).list.canaries[0]).not.toEqual(
      planted.list.canaries[0],
    )
    expect(() => plantCanaries(rows, medicalAlpacaTemplate, { count: 0 })).toThrow('count')
  })

  test('a list is read as it was written, and nothing else is', async () => {
    const file = path.join(folder, 'canaries.json')
    const { list } = plantCanaries([], chatMlTemplate, { count: 2, digits: 3 })
    expect(list.canaries[0]?.prompt).toMatch(/is $/)
    await writeCanaryFile(file, list)
    expect(await readCanaryFile(file)).toEqual(list)
    for (const content of [
      '',
      '[]',
      'null',
      '{"version":2}',
      '{"version":1,"seed":1,"repeats":1,"canaries":[{}]}',
    ]) {
      writeFileSync(file, content)
      await expect(readCanaryFile(file)).rejects.toMatchObject({ code: 'INVALID_DATASET' })
    }
    await expect(readCanaryFile(`${file}-none`)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})

describe('memorization', () => {
  test('the rank is the one among all candidates, scored one by one', async () => {
    const model = await loadCausalLM(directory, { backend: 'wasm' })
    const tokenizer = await loadTokenizer(directory)
    try {
      const { list } = plantCanaries([], medicalAlpacaTemplate, { count: 2, digits: 2 })
      const short = { prompt: 'The number is ', secret: '40' }
      const canaries = [...list.canaries, short]
      const report = await memorization(model, tokenizer, canaries)
      for (const [i, { prompt, secret }] of canaries.entries()) {
        const numbers = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))
        const scores = await scoreChoices(model, tokenizer, prompt, numbers)
        const own = scores[Number(secret)] ?? 0
        expect(report.canaries[i]?.rank).toBe(1 + scores.filter((score) => score > own).length)
      }
      const aborted = { signal: AbortSignal.abort() }
      await expect(memorization(model, tokenizer, canaries, aborted)).rejects.toMatchObject({
        code: 'INTERRUPTED',
      })
      await expect(memorization(model, tokenizer, [])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    } finally {
      model.dispose()
    }
  })

  test('ranks at random are no leak in 99 of 100 cases, and average 1.44 bits', () => {
    const random = new Random(1)
    const draw = (): ReturnType<typeof memorizationReport> =>
      memorizationReport(Array.from({ length: 8 }, () => exposureOf(1 + random.integer(10_000))))
    const reports = Array.from({ length: 2000 }, draw)
    expect(reports.filter(({ verdict }) => verdict === 'leaks').length).toBeLessThan(30)
    const mean = reports.reduce((sum, { meanExposure }) => sum + meanExposure, 0) / reports.length
    expect(mean).toBeCloseTo(1 / Math.LN2, 1)
  })

  test('one secret read off among many, or many that rank rather high, is a leak', () => {
    const middling = Array.from({ length: 15 }, () => exposureOf(5000))
    const one = memorizationReport([exposureOf(1), ...middling.slice(0, 7)])
    expect(one).toMatchObject({ verdict: 'leaks', extracted: 1 })
    expect(describeMemorization(one)).toMatch(/^LEAKS: .* 1 of 8 word for word/)
    expect(memorizationReport(middling.map(() => exposureOf(1500)))).toMatchObject({ verdict: 'leaks' })
    expect(describeMemorization(memorizationReport(middling))).toMatch(/^No sign of leaking/)
  })
})

function exposureOf(rank: number): { rank: number; candidates: number; exposure: number } {
  return { rank, candidates: 10_000, exposure: Math.log2(10_000) - Math.log2(rank) }
}
