import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { labelledNumber } from './document-number.js'

/** Passport numbers, by their label. */
export const passport: Recognizer<'PASSAPORTE'> = defineRecognizer({
  entity: 'PASSAPORTE',
  rules: [
    fieldRule('PASSAPORTE'),
    {
      kind: 'pattern',
      name: 'in-a-passport',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'code',
      digits: 6,
      regex: /(?<![\p{L}\p{N}])[A-Z]{2}\d{6}(?![\p{L}\p{N}])/uy,
      accept: (_value, { text, start }) =>
        /passaporte|passport/i.test(text.slice(Math.max(0, start - 200), start)),
    },
    labelledNumber(
      'labelled',
      'literature',
      [
        'passaporte',
        'passport',
        'passport number',
        'número do passaporte',
        'US passport',
        'passport no',
        'passaporte BR',
        'passaporte BRA',
        'passport BRA',
        'passport BR',
        'passport US',
        'passport USA',
        'passaporte PT',
        'US passport no',
        'passaporte brasileiro',
      ],
      /(?:[A-Z]{1,3}[ -]?)?\d(?:[ -]?\d){4,9}[A-Z]?(?![\p{L}\p{N}])/iuy,
    ),
  ],
  examples: {
    positive: [
      'passport number is ‹CF-773344› on; passaporte (br): ‹SS 103358›',
      'passaporte ‹GC860822›.',
      'passaporte ‹IS414082›',
      'passport ‹NR123456›',
      'passport ‹476388394›;',
      'Passport No. ‹C57570051›',
      'passaporte nº ‹FX 123456›',
    ],
    negative: ['passaporte vencido', 'vaccine passport 2021', 'passport of 3 countries'],
  },
})
