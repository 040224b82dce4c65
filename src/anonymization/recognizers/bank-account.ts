import { isValidIban } from '@brazilian-utils/brazilian-utils/is-valid-iban'
import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { codeValue, labelledNumber, numberPattern } from './document-number.js'

/** IBAN of any country: letters count from 10, first four characters go last, remainder 1 modulo 97 (ISO 13616). */
function isIban(value: string): boolean {
  const compact = value.replaceAll(' ', '')
  if (isValidIban(compact)) return true
  const digits = (compact.slice(4) + compact.slice(0, 4)).replaceAll(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  )
  let remainder = 0
  for (const digit of digits) remainder = (remainder * 10 + Number(digit)) % 97
  return remainder === 1
}

/** Bank accounts, agencies, IBAN and Pix keys. */
export const bankAccount: Recognizer<'CONTA'> = defineRecognizer({
  entity: 'CONTA',
  rules: [
    fieldRule('CONTA'),
    labelledNumber(
      'account',
      'clinical',
      [
        'conta',
        'conta corrente',
        'c corrente',
        'conta salário',
        'conta do titular',
        'conta poupança',
        'c/c',
        'conta bancária',
        'número da conta',
        'poupança',
        'account number',
        'account',
        'acct',
        'acct number',
        'bank account',
        'account no',
        'checking account',
        'savings account',
        'routing number',
        'routing',
        'ABA',
        'CC',
        'C.C.',
      ],
      /\d(?:[ .-]?[\dXx]){3,19}(?![\p{L}\p{N}])/uy,
    ),
    labelledNumber(
      'agency',
      'clinical',
      ['agência', 'ag', 'agência bancária'],
      /\d{4}(?:-[\dXx])?(?![\p{L}\p{N}])/uy,
    ),
    {
      kind: 'pattern',
      name: 'account-behind-agency',
      since: 'clinical',
      confidence: 'label',
      anchor: 'number',
      digits: 4,
      regex:
        /(?<=(?:[Aa]g[êe]ncia|AG[ÊE]NCIA|[Aa]g)\.? ?\/ ?(?:[Cc]onta|CONTA|[Cc]\/?[Cc])[ .:]{0,12}\d{3,5}(?:-[\dXx])? ?[/|-] ?)\d[\d.-]{3,14}[\dXx]/uy,
    },
    labelledNumber('iban', 'clinical', ['IBAN'], /[A-Z]{2}\d{2}(?: ?[A-Z0-9]){10,30}/y),
    {
      kind: 'pattern',
      name: 'random-pix-key',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /pix/i,
      regex:
        /(?<=(?<!\p{L})pix(?!\p{L})[^.\n]{0,40}?)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\p{L}\p{N}])/giu,
    },
    labelledNumber(
      'pix',
      'clinical',
      ['pix', 'pix chave aleatória', 'chave', 'chave pix', 'chave aleatória', 'chave pix aleatória'],
      /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/iy,
    ),
    labelledNumber('patient-account', 'clinical', ['account number', 'acct'], codeValue(6, 5)),
    numberPattern('iban-check', 'clinical', '[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?', {
      anchor: 'code',
      accept: isIban,
    }),
  ],
  examples: {
    positive: [
      'Reembolso: c. corrente ‹89.324-3›, titular; conta salário ‹31352-1›',
      'Chave Pix aleatória correta: ‹e3a54f99-474a-4903-a040-7aab91d90c0f›',
      'Agência/Conta......: ‹3347› / ‹72873-0›; CC ‹00055785-9›',
      'Conta ‹42233-1›,',
      'account number ‹530-319222›;',
      'ag. ‹1234› conta ‹56789-0›',
      'IBAN ‹GB82 WEST 1234 5698 7654 32›',
      'transferir para ‹BR1800360305000010009795493C1› hoje',
      'chave pix: ‹123e4567-e89b-12d3-a456-426614174000›',
    ],
    negative: ['conta 3 filhos', 'account for 25% of cases', 'levar em conta 12 casos', 'ag 5 mg'],
  },
})
