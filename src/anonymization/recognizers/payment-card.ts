import { isValidCreditCard } from '@brazilian-utils/brazilian-utils/is-valid-credit-card'
import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { digitGroups, labelledNumber, numberPattern } from './document-number.js'

/** Payment cards: by label, or by issuer range and Luhn digit. */
export const paymentCard: Recognizer<'CARTAO'> = defineRecognizer({
  entity: 'CARTAO',
  rules: [
    fieldRule('CARTAO'),
    labelledNumber(
      'labelled',
      'clinical',
      [
        'cartão',
        'CC',
        'cc number',
        'nº cartão',
        'cartão Visa',
        'cartão Mastercard',
        'Diners',
        'Discover',
        'Maestro',
        'payment card',
        'card on file',
        'card no',
        'cartão crédito',
        'cartão débito',
        'cartão de crédito',
        'cartão de débito',
        'número do cartão',
        'cartão final',
        'card',
        'card number',
        'credit card',
        'debit card',
        'Visa',
        'Mastercard',
        'Amex',
        'American Express',
        'Elo',
        'Hipercard',
        'credit card number',
      ],
      digitGroups(13, 19),
    ),
    {
      kind: 'pattern',
      name: 'last-four',
      since: 'clinical',
      confidence: 'label',
      anchor: 'number',
      regex:
        /(?<=(?:card|cart[ãa]o|visa|mastercard|amex|elo|hipercard)(?: \p{L}{1,12}){0,3} (?:ending(?: in)?|ends in|final|terminad[oa] em|[úu]ltimos d[íi]gitos|last four)[: ]{1,2})\d{4}(?![\p{L}\p{N}])/iuy,
    },
    numberPattern('luhn', 'literature', '[2-6]\\d{3}(?:[ -]?\\d){9,15}', {
      accept: (value) => isValidCreditCard(value.replaceAll(/\D/g, '')),
      digits: 13,
    }),
  ],
  examples: {
    positive: [
      'Card on file: ‹6363.6897.1673.8644›; Cartão (crédito) ‹6363.6835.6599.7047›',
      'cartão ‹4616618918407682›.',
      'card ‹3724 236335 57123›; Visa ending in ‹4242›; cartão de crédito final ‹4242›',
      'cartão ‹6363-6869-6690-0098›',
      'pagou com ‹5434-9625-9621-4029› hoje',
    ],
    negative: ['4616618918407683', 'cartão de vacina 2019', 'card 12', 'ratio 2345 6789'],
  },
})
