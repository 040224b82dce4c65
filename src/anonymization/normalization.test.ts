import { describe, expect, test } from 'vitest'
import { Anonymizer } from './anonymizer.js'
import { normalizeText } from './normalization.js'

const anonymizer = new Anonymizer({ profile: 'clinical' })

describe('text in other spellings', () => {
  test.each([
    ['full width', 'em １５/０３/２０２４.', 'em [DATA].'],
    ['Arabic-Indic digits', 'em ١٥/٠٣/٢٠٢٤.', 'em [DATA].'],
    ['en dashes', 'fone (11) 98765–4321.', 'fone [TELEFONE].'],
    ['no-break spaces', 'fone (11)\u00a098765-4321.', 'fone [TELEFONE].'],
    ['zero-width characters', 'em 15/\u200b03/20\u200d24.', 'em [DATA].'],
    ['soft hyphens', 'joao\u00ad@hospital.com', '[EMAIL]'],
    ['broken after a separator', 'fone (11) 98765-\n4321, 15/03/\n2024.', 'fone [TELEFONE], [DATA].'],
    ['broken after the at sign', 'joao@\nhospital.com', '[EMAIL]'],
    ['emoji around', '👩🏽‍⚕️ 15/03/2024 👍', '👩🏽‍⚕️ [DATA] 👍'],
    ['decomposed letters', 'em 15 de marc\u0327o de 2024', 'em [DATA]'],
  ])('%s', (_name, input, expected) => {
    expect(anonymizer.anonymize(input).text).toBe(expected)
  })
})

test('spans are offsets of the original', () => {
  const input = '👍\u200b em 1５/03/2024'
  const [span] = anonymizer.anonymize(input).spans
  expect(input.slice(span?.start, span?.end)).toBe('1５/03/2024')
})

test('ordinary text passes as it is', () => {
  const text = 'Área de 2 m² – nº 5, ½ dose: “ok”.'
  expect(normalizeText('Área de 2 m², nº 5').text).toBe('Área de 2 m², nº 5')
  expect(normalizeText(text).toOriginal({ start: 3, end: 9 })).toEqual({ start: 3, end: 9 })
})
