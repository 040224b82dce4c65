import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { labelledNumber, numberPattern } from './document-number.js'

/** Social Security Number of the United States. */
export const ssn: Recognizer<'SSN'> = defineRecognizer({
  entity: 'SSN',
  rules: [
    fieldRule('SSN'),
    labelledNumber(
      'labelled',
      'literature',
      [
        'SSN',
        'social security number',
        'social security',
        'social security no',
        'SS',
        'soc sec',
        'social',
        'social sec',
        'S.S.N.',
        'social insurance number',
        'SIN',
        'soc sec no',
        'SS no',
        'SS number',
        'patient SSN',
        'ITIN',
      ],
      /(?:\d{3}|[xX*]{3})(?: ?[-.] ?| )?(?:\d{2}|[xX*]{2})(?: ?[-.] ?| )?\d{4}(?!\d)/y,
    ),
    labelledNumber(
      'last-four',
      'clinical',
      [
        'SSN',
        'social security number',
        'last four of SSN',
        'SSN ending in',
        'SSN last 4',
        'last 4 SSN',
        'last four of social',
        'last 4 of social',
        'last four social',
      ],
      /\d{4}(?![\p{N}-])/uy,
    ),
    numberPattern('formatted', 'literature', '(?!000|666)\\d{3}-(?!00)\\d{2}-(?!0000)\\d{4}', { digits: 9 }),
  ],
  examples: {
    positive: [
      'Social Security No. (‹797 - 29 - 3245›); SSN ‹642.84.5448›',
      'SSN ‹142-76-1008›',
      'SSN: ‹804386369›',
      'social security number ‹205 60 7255›',
      'on file ‹838-68-8544›.',
      'SSN ‹xxx-xx-1234›',
    ],
    negative: ['SS 12 - 10 - 2020', '000-12-3456', '12-345-6789', 'SS 123', 'CAS 7732-18-5'],
  },
})
