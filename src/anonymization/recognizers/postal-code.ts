import { americanStates } from '../lexicon/places.js'
import { defineRecognizer, type FindContext, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { labelledNumber, numberPattern } from './document-number.js'

const referenceBefore =
  /\b(?:ref|refer[êe]ncia|cat|cat[áa]logo|catalog|kit|c[óo]d|c[óo]digo|code|REF|lote?|SKU|part|produto|product|item)\.?:? ?(?:n[º°o.]{1,2} ?)?$/i
// `Trizol (15596-026)`: the number of a product stands in brackets with no address before it.
const addressBefore = /(?:cep|rua|av|bairro|centro|endere[çc]o|cidade|[-/,] ?[A-Z]{2})\b[^()\n]{0,60}\($/iu

function isNoProduct(_value: string, { text, start, end }: FindContext): boolean {
  if (referenceBefore.test(text.slice(Math.max(0, start - 16), start))) return false
  const isBracketed = text[start - 1] === '(' && text[end] === ')'
  return !isBracketed || addressBefore.test(text.slice(Math.max(0, start - 80), start))
}

const stateCode = new RegExp(`\\p{L}{3,} (?:${americanStates.replaceAll(' ', '|')})(?:,? {1,2}| - )$`, 'u')
const stateInLowerCase = new RegExp(`\\p{L}{3,}, (?:${americanStates.replaceAll(' ', '|')}),? {1,2}$`, 'iu')
const stateBefore = new RegExp(
  `(?:\\b(?:${americanStates.replaceAll(' ', '|')})|[A-Z][a-z]{3,12})(?:,?\\s{1,2}| - )$`,
)
const cityBefore =
  /[A-Z][\p{L}.' ]{1,30}, ?(?:[A-Z]{2}|[A-Z][a-z]{3,}(?: [A-Z][a-z]{3,})?)(?:,?\s{1,2}| - )$/u

function isAfterState(_value: string, context: FindContext): boolean {
  const lead = context.text.slice(Math.max(0, context.start - 50), context.start)
  return (
    (stateBefore.test(lead) && cityBefore.test(lead)) || stateCode.test(lead) || stateInLowerCase.test(lead)
  )
}

/** CEP and ZIP codes. */
export const postalCode: Recognizer<'CEP'> = defineRecognizer({
  entity: 'CEP',
  rules: [
    fieldRule('CEP'),
    labelledNumber(
      'labelled',
      'clinical',
      [
        'CEP',
        'C.E.P.',
        'código de endereçamento postal',
        'cód postal',
        'mailing zip',
        'ZIP',
        'ZIP code',
        'zipcode',
        'postal code',
        'postcode',
        'código postal',
      ],
      /\d{2}\.?\d{3} ?-? ?\d{3}(?!\d)|\d{5}(?:-\d{4})?(?!\d)|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?![\p{L}\p{N}])/uy,
    ),
    numberPattern('cep', 'clinical', '\\d{2}(?:\\.\\d{3}|\\d{3})-\\d{3}', {
      digits: 8,
      confidence: 'pattern',
      accept: isNoProduct,
    }),
    {
      kind: 'pattern',
      name: 'cep-in-a-cell',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'number',
      digits: 8,
      regex: /(?<=[;|\t] {0,2})\d{5} - \d{3}(?= {0,2}(?:[;|\t\n]|$))/uy,
    },
    numberPattern('zip-after-state', 'clinical', '\\d{5}(?:-\\d{4})?', {
      accept: isAfterState,
      confidence: 'pattern',
      digits: 5,
    }),
  ],
  examples: {
    positive: [
      'Omaha, NE - ‹36326›, consent; ana;nz815405;‹25622 - 807›;fim',
      'CEP ‹12642-213›',
      'FORT WAYNE IN ‹46802›; savannah, ga ‹10142-1602›',
      'CEP: ‹12642213›',
      'São Paulo, ‹01310-100›',
      'Raleigh, KS ‹22072›',
      'Omaha, Nebraska ‹68102-1234›',
      'ZIP ‹90210›',
      'Rua das Flores, 10, Centro (‹01310-100›); Campinas-SP (‹13010-200›)',
      'CEP ‹01.310-100›',
    ],
    negative: [
      'faixa 25622 - 807 casos',
      'TRIzol (15596-026), ELISA kit; catalog no. 15596-018',
      '12345 participants',
      'KS 220',
      'In May 20100 cells',
    ],
  },
})
