import { isValidCns } from '@brazilian-utils/brazilian-utils/is-valid-cns'
import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { digitGroups, labelledNumber, numberPattern } from './document-number.js'

/** CNS, the number of the national health card (cartão SUS). */
export const cns: Recognizer<'CNS'> = defineRecognizer({
  entity: 'CNS',
  rules: [
    fieldRule('CNS'),
    labelledNumber(
      'labelled',
      'literature',
      [
        'CNS',
        'SUS',
        'cartão SUS',
        'cartão Nac de Saúde',
        'cartão nacional do SUS',
        'CNS do profissional',
        'CNS da paciente',
        'CNS da mãe',
        'CNS do RN',
        'cartão do SUS do paciente',
        'cartão saúde',
        'cartão do SUS',
        'cartão nacional de saúde',
        'cartão nacional',
        'cartão da saúde',
        'carteira SUS',
        'número do SUS',
        'CNS do paciente',
      ],
      digitGroups(11, 15),
    ),
    numberPattern('check-digits', 'literature', '[1-27-9]\\d{2}[ .]?\\d{4}[ .]?\\d{4}[ .]?\\d{4}', {
      accept: (value) => isValidCns(value.replaceAll(/\D/g, '')),
      digits: 15,
    }),
  ],
  examples: {
    positive: [
      'CNS ‹178562345030001›',
      'Cartão SUS: ‹101 3219 8651 0001›',
      'apresentou ‹736 7546 9916 1382› na',
    ],
    negative: ['SUS desde 2012', 'CNS infection', '123456789012345', 'CNS 12 lesions'],
  },
})
