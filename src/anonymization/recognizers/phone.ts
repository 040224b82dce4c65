import type { ProfileName } from '../profiles.js'
import {
  type Confidence,
  defineRecognizer,
  type FindContext,
  looseConnector,
  type PatternRule,
  type Recognizer,
  wideConnector,
} from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { findInternationalPhones } from './international-phone.js'

/** Brazilian area codes in use. */
const areaCodes = '(?:1[1-9]|2[12478]|3[1-578]|4[1-9]|5[1345]|6[1-9]|7[134579]|8[1-9]|9[1-9])'
const before = '(?<![\\p{L}\\p{N}@]|[\\p{L}\\p{N}]_|\\p{N}[.,/-])'
const after = '(?![\\p{L}\\p{N}_]|[/-]\\p{N}|[.,]\\p{N}| ?%)'
const extension = '(?:[ ,;]{0,2}(?:x|ext\\.?|extension|ramal|r[.:])[ :.]{0,2}\\d{1,6})?'
const brCountry = '(?:(?:\\+|00)? ?55[ .-]?)'
const carrier = '(?:0(?:xx|\\*\\*|\\d{2})?[ -]?)'

function rule(
  name: string,
  since: ProfileName,
  source: string,
  confidence: Confidence = 'pattern',
): PatternRule {
  return {
    kind: 'pattern',
    name,
    since,
    confidence,
    anchor: 'number',
    digits: 7,
    regex: new RegExp(`${before}${source}${extension}${after}`, 'iuy'),
    accept: isNoMeasure,
  }
}

/** `95% CI 555-123-4567` does not exist, but numbers after an identifier's label belong to that label. */
function isNoMeasure(value: string, context: FindContext): boolean {
  const digits = value.replace(/\D/g, '')
  if (/^(\d)\1+$/.test(digits) || /(?:19|20)\d{2}-(?:19|20)\d{2}$/.test(value)) return false
  if (value.startsWith('+') && digits.length < 8) return false
  return !/(?:DOI|PMID|ISSN|ISBN|NCT|n ?=)[ :]{0,2}$/i.test(
    context.text.slice(Math.max(0, context.start - 8), context.start),
  )
}

const phoneCue =
  /(?:contact|contato|call(?:ed|s|ing)?|phone|cell|reach(?:ed)?|tels?|fone|celular|n[úu]mero|number|lig(?:ar|ou|uem?|a|ando)|recado|whats\p{L}{0,3}|home|work|office|pager|mobile|zap|wpp|fax|texted)(?!\p{L})(?:[^.\n\d]|(?<=(?<!\p{L})\p{L})\.){0,60}$/iu

/** A number too short or too plain by itself, behind a word of calling in its sentence. */
function isNearPhoneCue(context: FindContext): boolean {
  const lead = context.text.slice(Math.max(0, context.start - 75), context.start)
  return (
    phoneCue.test(lead) ||
    /(?<!\p{L})(?:pel[oa]s?|plant[ãa]o|24 ?h(?:oras)?|d[úu]vidas?|emerg[êe]ncias?|agendamentos?|agendar|retorno)(?: (?:no|pelo|pelos|ao))?[:,]? $/iu.test(
      lead,
    ) ||
    /(?<!\d)\d{4,5}-\d{4} ?(?:ou|or|\/) ?$/.test(lead)
  )
}

/** Six to fifteen digits in groups, one separator between two of them. */
const writtenNumber =
  /(?:\(?\d{2}\/(?=\d{4,5}-\d{4})|\+?\(?)\d(?:(?:[ .-]|\)[ -]?| \(| - )?\d){6,14}(?!\d)(?:[ ,]{0,2}(?:x|ext\.?|ramal)[ :.]{0,2}\d{1,6})?/iy

const mobile = '9[ .]?\\d{4}[ .-]{0,3}\\d{4}'
const landline = '[2-5]\\d{3}[ .-]{0,3}\\d{4}'

const digitWord =
  '(?:zero|oh|um|dois|tr[êe]s|quatro|cinco|seis|meia|sete|oito|nove|one|two|three|four|five|six|seven|eight|nine|double (?=\\p{L}))'
const severalDigitWords: RegExp = new RegExp(`${digitWord}[ ,-]{1,2}${digitWord}[ ,-]{1,2}${digitWord}`, 'iu')
/** `nove nove um oito dois, quatro meia sete três`: seven digits or more, read aloud. */
const digitWords: RegExp = new RegExp(
  `(?<![\\p{L}\\p{N}])${digitWord}(?:(?:, {0,1}|[ -])${digitWord}){6,14}(?![\\p{L}\\p{N}])`,
  'giu',
)

/** Telephone numbers of Brazil and of the North American plan, and any number written with a country code. */
export const phone: Recognizer<'TELEFONE'> = defineRecognizer({
  entity: 'TELEFONE',
  rules: [
    fieldRule('TELEFONE'),
    rule(
      'br-area-in-parentheses',
      'documented',
      `(?:${brCountry}?\\(${carrier}?${areaCodes}\\)[ .-]?(?:${mobile}|\\d{4,5}[ .-]{0,3}\\d{4}))`,
    ),
    rule(
      'br-country-code',
      'documented',
      `(?:\\+|00)? ?55[ .-]?\\(?${areaCodes}\\)?[ .-]?(?:${mobile}|${landline})`,
    ),
    rule(
      'br-separated',
      'documented',
      `${carrier}?${areaCodes}[ .-]{1,3}(?:9[ .]?\\d{4}[ .-]{1,3}\\d{4}|9\\d{8}|[2-5]\\d{3}[ .-]{1,3}\\d{4})`,
    ),
    rule('br-mobile-digits', 'documented', `0?${areaCodes}9\\d{8}`),
    rule('br-mobile-local', 'clinical', '9[ .]?\\d{4}-\\d{4}'),
    rule('us-slash', 'clinical', '[2-9]\\d{2}/[2-9]\\d{2}-\\d{4}'),
    rule(
      'toll-free',
      'documented',
      '0[358]00[ .-]?(?:\\d{3}[ .-]?\\d{3,4}|\\d{2}[ .-]?\\d{2}[ .-]?\\d{2,3})',
    ),
    rule('us-hyphens', 'documented', '(?:\\+?1[ .-]?)?\\d{3}-\\d{3}-\\d{4}'),
    rule(
      'us-area-in-parentheses',
      'documented',
      '(?:\\+?1[ .-]?)?\\(\\d{3}\\)[ .-]{0,2}\\d{3}(?: ?- ?|[ .]?)\\d{4}',
    ),
    rule('us-dots', 'literature', '(?:\\+?1\\.)?[2-9]\\d{2}\\.[2-9]\\d{2}\\.\\d{4}'),
    rule('us-country-code', 'documented', '\\+1[ .-]?[2-9]\\d{2}[ .-]?\\d{3}[ .-]?\\d{4}'),
    rule(
      'uk-national',
      'clinical',
      '\\(?0(?:20\\)? \\d{4} \\d{4}|1\\d1\\)? \\d{3} \\d{4}|11\\d\\)? \\d{3} \\d{4}|1\\d{3}\\)? \\d{5,6}|1\\d{3}\\)? \\d{3} \\d{3}|7\\d{3} \\d{6}|7\\d{3} \\d{3} \\d{3})',
    ),
    {
      kind: 'pattern',
      name: 'digits-in-words',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: severalDigitWords,
      regex: digitWords,
    },
    rule('us-spaces', 'clinical', '(?:1 )?[2-9]\\d{2} [2-9]\\d{2} \\d{4}'),
    {
      ...rule('near-cue', 'clinical', '(?:\\d{3}-\\d{4}|[2-9]\\d{3}[- ]\\d{4}|[2-9]\\d{9})'),
      accept: (value, context) => isNoMeasure(value, context) && isNearPhoneCue(context),
    },
    {
      kind: 'search',
      name: 'international',
      since: 'literature',
      confidence: 'pattern',
      search: findInternationalPhones,
    },
    rule(
      'country-code',
      'clinical',
      '\\+[1-9]\\d{0,2}[ .-]?(?:\\(\\d{1,4}\\)[ .-]?)?(?:\\d{1,5}[ .-]?){1,4}\\d{2,5}',
    ),
    {
      kind: 'label',
      name: 'labelled-number',
      since: 'documented',
      labels: [
        'telefone',
        'telefones',
        'tel',
        'fone',
        'celular',
        'cel',
        'whatsapp',
        'phone',
        'telephone',
        'cell phone',
        'cellphone',
        'mobile phone',
        'fax',
        'pager',
        'phone number',
      ],
      connector: wideConnector,
      value: writtenNumber,
    },
    {
      kind: 'label',
      name: 'contact-number',
      since: 'clinical',
      labels: [
        'contato',
        'contatos',
        'tels',
        'tel res',
        'tel com',
        'tel cel',
        'tel celular',
        'tel recado',
        'tel recados',
        'tel contato',
        'fone res',
        'fone com',
        'fixo',
        'zap',
        'zapzap',
        'ph',
        'callback number',
        'callback',
        'beeper',
        'whats',
        'wpp',
        'phone no',
        'phoneNumber',
        'contact no',
        'contact number',
        'emergency phone',
        'tel residencial',
        'telefone residencial',
        'telefone celular',
        'tel cel residencial',
        'residencial',
        'comercial',
        'home phone',
        'work phone',
        'cell',
        'mobile',
        'call',
        'contact',
        'recado',
        'recados',
        'ligar para',
        'ligar no',
        'reached at',
      ],
      connector: wideConnector,
      value: writtenNumber,
    },
    {
      kind: 'label',
      name: 'extension',
      since: 'clinical',
      labels: ['ramal é o', 'ramal é', 'bleep', 'ramal', 'extension', 'ext', 'bip', 'pager', 'beeper'],
      connector: looseConnector,
      value: /\d{3,6}(?![\p{L}\p{N}]|[.,/-]\d| ?%)/uy,
    },
  ],
  examples: {
    positive: [
      'Tel/Cel - ‹(0**53) 99339-3198›; Tel. residencial (‹27/3302-0685›); WHATS: ____‹(43) 4768-3162, ramal 730›',
      'Fone ‹11987654321›, ‹(11) 98765-4321› ou ‹+55 11 98765-4321›.',
      'Call ‹555-123-4567› or ‹(303) 523-7373›, ‹+1 303 586 5223› ext.',
      '‹(62) 3774-0110› e ‹0800 123 4567›',
      '‹+55(11)987654321›; ‹(011) 98765-4321›; ‹11 9 8765-4321›; ‹21 3265-4321›',
      'Telefone: ‹3265-4321›; tel. ‹99876-5432›; celular ‹98765 4321›',
      '‹1-800-555-1234›, ‹303.555.0123›, ‹303-555-0123 ext. 45›',
      'ramal ‹4321›; Tel. res.: ‹3344-5566›; tels ‹3344-5566› / ‹3344-5577›; the daughter’s number: ‹555-0142›',
      'plantão 24 h pelo ‹3283-6968›. Em caso de dúvida: ‹3069-5770›; agendar no ‹3344-5566›',
      'Contact: Ann Lee (sister), ‹555-1687›. Call Bo: ‹8135552762›. O neto ligou do número ‹3960-2464›.',
      'London ‹+44 20 7946 0958›, ‹01792 960412›, ‹0191 496 0823›, ‹07700 900123›',
      'eu tô no ‹nove nove um oito dois, quatro meia sete três›; ‹two-oh-nine, five five five, oh one six three›',
      'Lisboa ‹+351 912 345 678›, ‹00351 912 345 678› ou ‹(+351) 912 345 678›',
      '‹+44 (0)20 7946 0958›; Berlin ‹+49 30 901820›; Paris ‹0033 1 42 68 53 00›; ‹+54 9 11 2345-6789›',
    ],
    negative: [
      'NCT00816829, ACTRN12612000038897, PMID 12345678901',
      '1998-2003, 101-134, n = 11987654321',
      'mean 5.16 mmHg (95% CI 2.62-7.7); +/- 5.706; ratio 1796/2004',
      'doi:10.1001/jama.2019.12345678901',
      'call 123 patients; phone 3 times; tel. 12',
      'aos 21 2000-2010; pelo 2010-2015; no leito 3283-6968',
      'pages 101-1340, 3960-2464 reads, id 8135552762',
      'um, dois, três, quatro; one two three four five',
      'PIBS: +47.60 Gy and +7.46 Gy',
      'lot 0012 3456 7890, code 00999 123 456 789, 0.0034 912 345 678',
    ],
  },
})
