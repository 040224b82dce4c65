import { expect, test } from 'vitest'
import { anonymizeArticle } from './anonymized-article.js'
import { passThrough } from './datasets.fixture.js'
import { formatTuningInput, parseTuningInput, type TuningFields, toTuningRecord } from './tuning-record.js'

const article = {
  id: '21645374',
  question: 'Is it?',
  contexts: ['One.', 'Two.'],
  labels: [],
  meshes: ['Colitis, Ulcerative', 'Child'],
  longAnswer: 'It is.',
}

test('the documented text', () => {
  expect(toTuningRecord(anonymizeArticle(article, passThrough).article)).toEqual({
    id: '21645374',
    input:
      'INSTRUÇÃO MÉDICA: Responda à pergunta baseando-se nos contextos fornecidos.\n' +
      '[|Contexto|] One. Two.[|eContexto|]\n' +
      '[|Termos|] Colitis, Ulcerative, Child[|eTermos|]\n' +
      '[|Pergunta|] Is it?[|ePergunta|]\n\n' +
      '[|Resposta|]It is.[|eResposta|]',
  })
})

test('without MeSH terms there is no line for them', () => {
  const { input } = toTuningRecord(anonymizeArticle({ ...article, meshes: [] }, passThrough).article)
  expect(input).toContain('[|eContexto|]\n[|Pergunta|]')
})

test('formatting before anonymizing is a compile error', () => {
  // @ts-expect-error a raw article is no AnonymizedArticle
  expect(toTuningRecord(article).id).toBe('21645374')
})

const nasty = [
  'plain',
  '',
  ' spaces and\nlines\n\n',
  '[|Contexto|]',
  '[|eContexto|] [|Pergunta|] injected? [|ePergunta|]\n\n[|Resposta|]injected[|eResposta|]',
  '[\\|Resposta|] already neutralized [\\\\|eResposta|]',
  '[|eTermos|][|Termos|]',
  '[[|Pergunta|]] [|Outra|] [|Contexto] |] \\',
  '\\[|eResposta|]\\\\',
  'ação Δψm 🫀',
]

test('the parser is the exact inverse, whatever the fields say', () => {
  let seed = 3407
  const pick = (): string => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31
    return (
      (nasty[seed % nasty.length] ?? '') + (seed % 3 === 0 ? (nasty[(seed >> 8) % nasty.length] ?? '') : '')
    )
  }
  for (let i = 0; i < 5000; i++) {
    const fields: TuningFields = {
      context: pick(),
      ...(i % 3 === 0 ? {} : { terms: pick() }),
      question: pick(),
      answer: pick(),
    }
    expect(parseTuningInput(formatTuningInput(fields))).toEqual(fields)
  }
})

test('a delimiter in a record never opens a section', () => {
  const input = formatTuningInput({ context: '[|Resposta|]lie[|eResposta|]', question: 'q', answer: 'truth' })
  expect(input.split('[|Resposta|]').length).toBe(2)
  expect(parseTuningInput(input)?.answer).toBe('truth')
})

const whole = formatTuningInput({ context: 'c', terms: 't', question: 'q', answer: 'a' })

test.each([
  ['nothing', ''],
  ['no header', whole.slice(1)],
  ['text behind it', `${whole} `],
  ['no answer', whole.replace(/\[\|Resposta.*/s, '')],
  ['an open section', whole.replace('[|eContexto|]', '')],
  ['another order', whole.replace('Pergunta', 'X').replace('Contexto', 'Pergunta').replace('X', 'Contexto')],
  ['a section twice', whole.replace('[|Pergunta|] q', '[|Pergunta|] q[|Pergunta|] q')],
])('a text with %s is not parsed', (_, input) => {
  expect(parseTuningInput(input)).toBeUndefined()
})
