import { describe, expect, test } from 'vitest'
import { anonymizeValue } from '../anonymize-value.js'
import { Anonymizer } from '../anonymizer.js'
import { generateTexts } from '../evaluation/generator.fixture.js'
import { createStrategy, type StrategyName, strategyNames } from './index.js'
import { seededNumbers } from './secret.js'
import { shiftDate } from './shifted-date.js'

const key = 'a key for tests only'
const anonymizerWith = (name: StrategyName, patient = '1') =>
  new Anonymizer({ profile: 'clinical', strategy: createStrategy(name, { key, patient }) })

describe.each(strategyNames)('%s', (name) => {
  test('keeps JSON valid and its other values as they are', () => {
    const value = {
      id: 7,
      phone: 11987654321,
      notes: generateTexts(40, 'json').map(({ text }) => text),
      nested: { patientName: 'Maria "Mia" da Silva', ok: true, none: null },
    }
    const cleaned = JSON.parse(JSON.stringify(anonymizeValue(value, anonymizerWith(name))))
    expect(cleaned).toMatchObject({ id: 7, nested: { ok: true, none: null } })
    expect(JSON.stringify(cleaned)).not.toContain('Silva')
    expect(cleaned.phone).not.toBe(value.phone)
  })
  test('gives the same result twice', () => {
    const [sample] = generateTexts(1, 'same')
    expect(anonymizerWith(name).anonymize(sample?.text ?? '').text).toBe(
      anonymizerWith(name).anonymize(sample?.text ?? '').text,
    )
  })
})

test.each(['placeholder', 'token', 'hmac'] as const)(
  '%s leaves nothing to find in its own output',
  (name) => {
    for (const { text } of generateTexts(100, 'idempotent')) {
      const once = anonymizerWith(name).anonymize(text).text
      expect(anonymizerWith(name).anonymize(once).text).toBe(once)
    }
  },
)

test('token: one person, one token', () => {
  const token = new Anonymizer({ profile: 'clinical', strategy: createStrategy('token') })
  expect(token.anonymize('Sra. Maria Souza veio com Pedro Lima. Souza nega febre; Pedro saiu.').text).toBe(
    'Sra. [NOME_1] veio com [NOME_2]. [NOME_1] nega febre; [NOME_2] saiu.',
  )
})

test('a key joins documents, another key does not', () => {
  const token = (secret: string, text: string) =>
    new Anonymizer({ profile: 'clinical', strategy: createStrategy('token', { key: secret }) }).anonymize(
      text,
    ).text
  const first = token(key, 'CPF 529.982.247-25')
  expect(token(key, 'CPF: 52998224725').replace(': ', ' ')).toBe(first)
  expect(token('another key for tests', 'CPF 529.982.247-25')).not.toBe(first)
})

test('date-shift keeps intervals, form and, for one patient, the shift', () => {
  const pick = seededNumbers(key, 'dates')
  for (let round = 0; round < 200; round++) {
    const first = new Date(Date.UTC(1930 + pick(90), pick(12), 1 + pick(28)))
    const days = pick(4000)
    const second = new Date(first.getTime() + days * 86_400_000)
    const iso = (date: Date) => date.toISOString().slice(0, 10)
    const brazilian = (date: Date) => iso(date).split('-').reverse().join('/')
    const patient = String(round)
    const text = `Entrada ${iso(first)}, alta ${iso(second)}; ${brazilian(first)} a ${brazilian(second)}.`
    const shifted = anonymizerWith('date-shift', patient).anonymize(text).text
    const [from = '', to = ''] = shifted.match(/\d{4}-\d\d-\d\d/g) ?? []
    expect((Date.parse(to) - Date.parse(from)) / 86_400_000).toBe(days)
    expect(from).not.toBe(iso(first))
    expect(shifted.match(/\d\d\/\d\d\/\d{4}/g)).toEqual([brazilian(new Date(from)), brazilian(new Date(to))])
  }
})

test.each([
  ['15 de março de 2024', '16 de março de 2024'],
  ['March 31st, 2024', undefined],
  ['March 30, 2024', 'March 31, 2024'],
  ['31-Dec-99', '1-Jan-00'],
  ['02/28/2024', '02/29/2024'],
  ['5/3/2024', '6/3/2024'],
  ['2024-03-15T10:22:33Z', '2024-03-16T10:22:33Z'],
  ['03/2024', undefined],
])('%s a day later', (value, expected) => {
  const shifted = shiftDate(value, 1, 'day-first')
  if (expected !== undefined) expect(shifted?.replace('01-Jan', '1-Jan')).toBe(expected)
})

test('surrogate: same form, valid check digits, same gender', () => {
  const { text } = anonymizerWith('surrogate').anonymize(
    'Sra. MARIA DA SILVA, CPF 529.982.247-25, fone (11) 98765-4321, ana@x.com.br',
  )
  expect(text).toMatch(
    /^Sra\. [A-ZÁÉÍÓÚÂÊÔÃÕÇ]+A DA [A-ZÁÉÍÓÚÂÊÔÃÕÇ]+, CPF \d{3}\.\d{3}\.\d{3}-\d{2}, fone \(11\) \d{5}-\d{4}, \S+@example\.com$/,
  )
  expect(text).not.toContain('SILVA')
})

test.each(['surrogate', 'date-shift', 'hmac'] as const)('%s needs a key and never repeats it', (name) => {
  expect(() => createStrategy(name)).toThrow('needs a key')
  expect(() => createStrategy(name, { key: 'short' })).toThrow('got 5 characters')
})
