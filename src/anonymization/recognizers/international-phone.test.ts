import { expect, test } from 'vitest'
import { Anonymizer } from '../anonymizer.js'
import { scanText } from '../scanned-text.js'
import { findInternationalPhones } from './international-phone.js'

const find = (text: string) =>
  [...findInternationalPhones(scanText(text))].map(({ start, end }) => text.slice(start, end))

test.each([
  ['Lisboa +351 912 345 678, Porto 00351 222 345 678.', ['+351 912 345 678', '00351 222 345 678']],
  ['(+351) 912-345-678', ['(+351) 912-345-678']],
  ['tel +44 20 7946 0958/+44 (0)20 7946 0958', ['+44 20 7946 0958', '+44 (0)20 7946 0958']],
  ['+34 612 34 56 78; +39 06 6982; +81 3-3224-5000', ['+34 612 34 56 78', '+39 06 6982', '+81 3-3224-5000']],
  ['+49 30/901820 or +54 9 11 2345 6789', ['+49 30/901820', '+54 9 11 2345 6789']],
  ['+351 912 345 678 15 minutes before', ['+351 912 345 678']],
  ['+244 923 123 456 2024', ['+244 923 123 456']],
  ['+351912345678', ['+351912345678']],
])('valid: %s', (text, expected) => {
  expect(find(text)).toEqual(expected)
})

test.each([
  '+47.60 Gy and +7.46 Gy, +2.5 to +3.75, +/- 5.706',
  '+351 112 345 678, +999 123 456 789, +44 20 7946',
  '0.0034 912 345 678, 0012 3456 7890, p = 0.0044',
  'x+351912345678, 12+351912345678, a00351912345678b',
  '+55 11 98765-4321, +1 303 586 5223',
])('nothing in: %s', (text) => {
  expect(find(text)).toEqual([])
})

test('the default profile takes what a numbering plan allows, the clinical one what looks like a number', () => {
  const text = 'Fax +351 912 345 678, +351 112 345 678'
  expect(new Anonymizer().anonymize('x: +351 912 345 678, +351 112 345 678').text).toBe(
    'x: [TELEFONE], +351 112 345 678',
  )
  expect(new Anonymizer({ profile: 'clinical' }).anonymize(text).text).toBe('Fax [TELEFONE], [TELEFONE]')
})
