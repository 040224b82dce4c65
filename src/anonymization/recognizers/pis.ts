import { isValidPis } from '@brazilian-utils/brazilian-utils/is-valid-pis'
import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { digitGroups, labelledNumber, numberPattern } from './document-number.js'

/** PIS, PASEP, NIS or NIT, the Brazilian social number of a worker. */
export const pis: Recognizer<'PIS'> = defineRecognizer({
  entity: 'PIS',
  rules: [
    fieldRule('PIS'),
    labelledNumber(
      'labelled',
      'literature',
      ['PIS', 'PASEP', 'PIS PASEP', 'NIS', 'NIT', 'PIS NIS', 'número do PIS'],
      digitGroups(10, 11),
    ),
    numberPattern('check-digits', 'literature', '\\d{3}\\.\\d{4,5}\\.\\d{2,3}-\\d', {
      accept: (value) => isValidPis(value.replaceAll(/\D/g, '')),
      digits: 11,
    }),
  ],
  examples: {
    positive: ['PIS ‹150.8290.386-5›;', 'PIS/PASEP nº ‹17389000498›', 'com ‹142.2084.856-4›'],
    negative: ['NIS de 5 mg', '150.8290.386-6', 'PIS elevado'],
  },
})
