import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { labelledNumber, numberPattern } from './document-number.js'

/** RG, the identity card of a Brazilian state, and the register of foreigners. */
export const rg: Recognizer<'RG'> = defineRecognizer({
  entity: 'RG',
  rules: [
    fieldRule('RG'),
    labelledNumber(
      'labelled',
      'literature',
      [
        'RG',
        'R.G.',
        'nr RG',
        'RG do paciente',
        'RG da paciente',
        'RG do responsável',
        'RG da mãe',
        'RG do pai',
        'RG paciente',
        'cédula identidade',
        'carteira identidade',
        'documento identidade',
        'carteira de identidade profissional',
        'identidade civil',
        'identity card',
        'ID card',
        'identidade',
        'carteira de identidade',
        'cédula de identidade',
        'documento de identidade',
        'registro geral',
        'RNE',
        'RNM',
        'CIN',
        'doc de identidade',
        'identidade RG',
      ],
      /(?:(?:[A-Z]{1,2}[-. ]?)?\d{1,2} \d{3} \d{3}(?: ?-? ?[\dXx])?|(?:[A-Z]{1,2}[-. ]?)?\d(?:[.-]?\d){4,12}(?:[-.]?[Xx])?)(?![\p{L}\p{N}])/uy,
    ),
    numberPattern('formatted', 'clinical', '(?:[A-Z]{2}-)?\\d{2}\\.\\d{3}\\.\\d{3}-[\\dXx]', { digits: 8 }),
    numberPattern('state-prefixed', 'clinical', 'MG-?\\d{1,2}\\.\\d{3}\\.\\d{3}', { anchor: 'code' }),
  ],
  examples: {
    positive: [
      'R.G. nº: ‹43 767 921-5›; CARTEIRA DE IDENTIDADE: ____‹19.112.613-5›, residente',
      '881.575.615-90 (CPF), ‹7.385.218› (RG), 1277 7605 1724 (título)',
      'RG ‹4.868.692›',
      'RG: ‹MG-49.722.519›',
      'RG nº ‹26.293.800-0› SSP/SP',
      'identidade ‹123456789›',
      'doc. ‹12.345.678-X›',
    ],
    negative: ['RG 5 mg', 'crise de identidade', '1.234.567 habitantes', 'identidade de gênero'],
  },
})
