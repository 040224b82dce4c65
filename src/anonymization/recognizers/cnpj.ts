import { isValidCnpj } from '@brazilian-utils/brazilian-utils/is-valid-cnpj'
import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { digitGroups, labelledNumber, numberPattern } from './document-number.js'

const isValid = (value: string) => isValidCnpj(value) || isValidCnpj(value, { version: 2 })

const labels = [
  'CNPJ',
  'CNPJ MF',
  'C.N.P.J.',
  'CGC',
  'CNPJ do prestador',
  'CNPJ da clínica',
  'CNPJ do hospital',
  'CNPJ do convênio',
  'CNPJ do laboratório',
  'CNPJ da operadora',
  'CNPJ da empresa',
  'CNPJ do fornecedor',
  'CNPJ do estabelecimento',
]

/** CNPJ, the Brazilian number of a legal entity; also the alphanumeric form of 2026. */
export const cnpj: Recognizer<'CNPJ'> = defineRecognizer({
  entity: 'CNPJ',
  rules: [
    fieldRule('CNPJ'),
    labelledNumber('labelled', 'literature', [...labels, 'CNPJ do contratado'], digitGroups(12, 14)),
    labelledNumber(
      'labelled-alphanumeric',
      'literature',
      labels,
      /[A-Z0-9]{2}\.?[A-Z0-9]{3}\.?[A-Z0-9]{3} ?\/? ?[A-Z0-9]{4} ?-? ?\d{2}(?![\p{L}\p{N}])/iuy,
    ),
    numberPattern('formatted', 'literature', '\\d{2}\\.\\d{3}\\.\\d{3}/\\d{4}-\\d{2}', { digits: 14 }),
    numberPattern('check-digits', 'literature', '\\d{14}', { accept: isValid, digits: 14 }),
    numberPattern('alphanumeric', 'clinical', '[A-Z0-9]{2}\\.[A-Z0-9]{3}\\.[A-Z0-9]{3}/[A-Z0-9]{4}-\\d{2}', {
      anchor: 'code',
    }),
    numberPattern(
      'alphanumeric-number-first',
      'clinical',
      '[A-Z0-9]{2}\\.[A-Z0-9]{3}\\.[A-Z0-9]{3}/[A-Z0-9]{4}-\\d{2}',
    ),
  ],
  examples: {
    positive: [
      'CNPJ DO HOSPITAL n. ‹64.713.775 / 0001-97›; CNPJ do convênio: ____‹g1.47f.bty/6il8-66›',
      'A empresa de inscrição ‹MWSEV8J6000491› no CNPJ repassou',
      'CNPJ ‹03.404.199/0003-73›.',
      'empresa ‹48.513.469/0001-50›',
      'CNPJ ‹48801252000146›',
      'CNPJ: ‹12.ABC.345/01DE-35›',
      'pagar a ‹12.ABC.345/01DE-35›',
    ],
    negative: ['12345678901234', 'CNPJ do hospital', '12612000038897'],
  },
})
