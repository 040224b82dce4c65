import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { codeValue, labelledNumber } from './document-number.js'

/** CNH and driver's licences of other countries, by their label. */
export const driverLicense: Recognizer<'CNH'> = defineRecognizer({
  entity: 'CNH',
  rules: [
    fieldRule('CNH'),
    labelledNumber(
      'labelled',
      'literature',
      [
        'CNH',
        'permissão para dirigir',
        'state ID',
        'registro nacional de habilitação',
        'DLN',
        'driver lic',
        'operator license',
        'operators license',
        'license to drive',
        'número de registro da CNH',
        'carteira nacional de habilitação',
        'carteira de habilitação',
        'carteira de motorista',
        'registro da CNH',
        'registro CNH',
        "driver's license",
        "driver's licence",
        'driver license',
        'driver licence',
        'driving licence',
        'driving license',
        'drivers license',
        'drivers licence',
        "driver's lic",
      ],
      codeValue(5, 4),
    ),
    labelledNumber(
      'abbreviated',
      'clinical',
      ['DL', 'D.L.', 'OLN', 'DL no', 'DL number'],
      /(?:[A-Z]{2}[ -])?[A-Z]{0,2}\d{6,14}[A-Z]?(?![\p{L}\p{N}])|\d{2,3}-\d{3}-\d{3,4}(?![\p{L}\p{N}])|[A-Z]\d{3,4}(?:-\d{3,5}){2,3}(?![\p{L}\p{N}])/uy,
    ),
    labelledNumber('habilitacao', 'clinical', ['habilitação'], codeValue(9, 9)),
  ],
  examples: {
    positive: [
      'DL# ‹XU750968Y›.; D.L. # ‹90-121-8932›;',
      '246500-5 (MRN), ‹54652177› (driver’s license), next',
      'CNH ‹21924432188›;',
      "driver's license ‹G9322599›;",
      'driver’s license no. ‹A713582682577›',
      'DL# ‹08258473›',
      'CNH nº ‹12345678900›',
    ],
    negative: ['DL 10-', 'CNH vencida', 'DL 5 mg', 'habilitação em 2019', 'DLco 80'],
  },
})
