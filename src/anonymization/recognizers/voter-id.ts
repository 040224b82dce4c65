import { isValidVoterId } from '@brazilian-utils/brazilian-utils/is-valid-voter-id'
import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { digitGroups, labelledNumber, numberPattern } from './document-number.js'

/** Título de eleitor, the Brazilian voter registration. */
export const voterId: Recognizer<'TITULO_ELEITOR'> = defineRecognizer({
  entity: 'TITULO_ELEITOR',
  rules: [
    fieldRule('TITULO_ELEITOR'),
    labelledNumber(
      'labelled',
      'literature',
      [
        'título de eleitor',
        'título eleitoral',
        'título eleitor',
        'título',
        'inscrição eleitoral',
        'tít eleitor',
        'tít de eleitor',
        'título do eleitor',
        'título de eleitor nº',
        'T.E.',
      ],
      digitGroups(10, 13),
    ),
    numberPattern('check-digits', 'clinical', '\\d{4} ?\\d{4} ?\\d{4}', {
      accept: (value) => isValidVoterId(value.replaceAll(/\D/g, '')),
      digits: 12,
    }),
  ],
  examples: {
    positive: [
      'título de eleitor: ____‹5957 3506 25 18›; Tít. de eleitor: ‹76127711 03 02›',
      'título de eleitor ‹86735652 14 90›;',
      'Título: ‹8305 4580 0183›',
      'e ‹9108 5155 0175› conferido',
    ],
    negative: ['título do artigo', 'título 12', '1234 5678 9012'],
  },
})
