import { isValidCnh } from '@brazilian-utils/brazilian-utils/is-valid-cnh'
import { isValidCnpj } from '@brazilian-utils/brazilian-utils/is-valid-cnpj'
import { isValidCns } from '@brazilian-utils/brazilian-utils/is-valid-cns'
import { isValidCpf } from '@brazilian-utils/brazilian-utils/is-valid-cpf'
import { isValidCreditCard } from '@brazilian-utils/brazilian-utils/is-valid-credit-card'
import { isValidPis } from '@brazilian-utils/brazilian-utils/is-valid-pis'
import { isValidVoterId } from '@brazilian-utils/brazilian-utils/is-valid-voter-id'
import { dateShifter, patientShiftDays } from './date-shift.js'
import { identities } from './identity.js'
import { requireKey, seededNumbers } from './secret.js'
import type { PhiValue, Strategy, StrategyOptions } from './strategy.js'
import { isPortuguese, surrogateName } from './surrogate-name.js'
import { surrogateWords } from './surrogate-words.js'

type Pick = (bound: number) => number

const digitsOf = (value: string) => value.replaceAll(/\D/g, '')
const validators: Readonly<Record<string, (value: string) => boolean>> = {
  CPF: isValidCpf,
  CNPJ: isValidCnpj,
  CNS: (value) => isValidCns(digitsOf(value)),
  PIS: (value) => isValidPis(digitsOf(value)),
  TITULO_ELEITOR: (value) => isValidVoterId(digitsOf(value)),
  CNH: (value) => isValidCnh(digitsOf(value)),
  CARTAO: (value) => isValidCreditCard(digitsOf(value)),
}
// Area codes, card ranges and states open these numbers; the rest of the number is what identifies.
const keptDigits: Readonly<Record<string, number>> = { TELEFONE: 2, CARTAO: 4, CNS: 1 }

/** Every digit and letter another one; separators, length and case stay. */
function sameForm(value: string, kept: number, pick: Pick): string {
  let seen = 0
  return value.replaceAll(/\d|\p{L}/gu, (character) => {
    if (/\d/.test(character)) return seen++ < kept ? character : String(pick(10))
    const letter = String.fromCharCode(65 + pick(26))
    return character === character.toLowerCase() ? letter.toLowerCase() : letter
  })
}

/** The value with its last two digits, or what precedes them, changed until the document's check digits hold. */
function withCheckDigits(value: string, isValid: (value: string) => boolean): string {
  const places = [...value.matchAll(/\d/g)].slice(-2).map((match) => match.index)
  for (let ending = 0; ending < 100; ending++) {
    const digits = String(ending).padStart(2, '0')
    const attempt = [...value]
      .map((character, at) => (places.includes(at) ? (digits[places.indexOf(at)] ?? character) : character))
      .join('')
    if (isValid(attempt)) return attempt
  }
  return value
}

const chosen = (list: readonly string[], pick: Pick) => list[pick(list.length)] ?? ''

/** What each kind that is no number becomes. */
const invented: Readonly<Record<string, (value: string, pick: Pick) => string>> = {
  EMAIL: (_value, pick) => `contato${100 + pick(900)}@example.com`,
  URL: (_value, pick) => `https://example.com/${1000 + pick(9000)}`,
  IP: (value, pick) =>
    value.includes('::') || (value.match(/:/g) ?? []).length > 1
      ? `2001:db8::${pick(4096).toString(16)}`
      : `192.0.2.${1 + pick(254)}`,
  IDADE: (_value, pick) => String(90 + pick(8)),
  LOCAL: (value, pick) =>
    chosen(isPortuguese(value) ? surrogateWords.citiesPt : surrogateWords.citiesEn, pick),
  INSTITUICAO: (value, pick) =>
    chosen(isPortuguese(value) ? surrogateWords.housesPt : surrogateWords.housesEn, pick),
  ENDERECO: (value, pick) => {
    const house = 1 + pick(998)
    return isPortuguese(value)
      ? `${chosen(surrogateWords.streetsPt, pick)}, ${house}`
      : `${house} ${chosen(surrogateWords.streetsEn, pick)}`
  },
}

function surrogateNumber(phi: PhiValue, pick: Pick): string {
  const isValid = validators[phi.type]
  for (let attempt = 0; attempt < 20; attempt++) {
    const value = sameForm(phi.value, keptDigits[phi.type] ?? 0, pick)
    if (isValid === undefined || !isValid(phi.value)) return value
    const checked = withCheckDigits(value, isValid)
    if (isValid(checked)) return checked
  }
  return sameForm(phi.value, 0, pick)
}

/**
 * Realistic values in place of the found ones: names of the same gender, numbers of the same form with valid check
 * digits, dates moved together. The same identifier gets the same surrogate wherever the key is the same.
 *
 * @throws MedtuneError INVALID_ARGUMENT without a key
 */
export function surrogate(options: StrategyOptions): Strategy {
  const key = requireKey('surrogate', options.key)
  const days = patientShiftDays(key, options.patient ?? '')
  return {
    name: 'surrogate',
    openDocument: (values) => {
      const identityOf = identities(values)
      const shift = dateShifter(values, days)
      return (phi) => {
        if (phi.type === 'NOME') return surrogateName(phi.value, (word) => seededNumbers(key, `NOME|${word}`))
        const pick = seededNumbers(key, identityOf(phi))
        if (phi.type === 'DATA') return shift(phi.value) ?? '[DATA]'
        return invented[phi.type]?.(phi.value, pick) ?? surrogateNumber(phi, pick)
      }
    },
  }
}
