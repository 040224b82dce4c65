import { fullYear, isCalendarDay, monthNumbers } from '../calendar.js'
import type { FindContext } from '../recognizer.js'
import { fold } from '../word.js'

const unitAfter =
  /^\s?(?:mg|mcg|µg|μg|ug|g|kg|ml|mL|l|L|UI|IU|mmHg|mm|cm|%|comprimidos?|tablets?|doses?|gotas)(?!\p{L})/u
const regulationBefore =
  /(?:resolu[çc][ãa]o|portaria|lei|decreto|norma|processo|nota técnica|protocolo|lote|lot)[^.;\n]{0,20}$/iu

/** Day and month in either order, on the calendar; no dose triple such as 10/12/15 mg. */
export function isNumericDate(value: string, context: FindContext): boolean {
  const [first = '', second = '', last = ''] = value.split(/[/.-]/)
  if (last.length === 2 && unitAfter.test(context.text.slice(context.end, context.end + 14))) return false
  const years = fullYear(last)
  return (
    isCalendarDay(Number(first), Number(second), years) || isCalendarDay(Number(second), Number(first), years)
  )
}

export function isIsoDate(value: string): boolean {
  const parts = /^(\d{4})[/.-]?(\d{1,2})[/.-]?(\d{1,2})/.exec(value)
  return parts !== null && isCalendarDay(Number(parts[3]), Number(parts[2]), Number(parts[1]))
}

/** The last day written is a day of the month written beside it (31 June is no date). */
export function isWrittenDate(value: string): boolean {
  const parts = fold(value)
    .split(/[^\p{L}\p{N}]+|(?<=\p{N})(?=\p{L})|(?<=\p{L})(?=\p{N})/u)
    .filter((part) => part !== '')
  const months = parts.map((part) => monthNumbers.get(part)).filter((month) => month !== undefined)
  const month = months.at(-1) ?? 1
  const days = parts.filter((part) => /^\d{1,2}$/.test(part)).map(Number)
  const years = parts.find((part) => /^\d{4}$/.test(part))
  return (
    days.length === 0 ||
    days.some((day) => isCalendarDay(day, month, years === undefined ? 2000 : Number(years)))
  )
}

/** A month name without a year counts only when it is written as a name: `May 5`, not `may 5 patients`. */
export function isCapitalisedPartialDate(value: string): boolean {
  return /\p{Lu}/u.test(value) && isWrittenDate(value)
}

export function isMonthOfYear(_value: string, context: FindContext): boolean {
  return !regulationBefore.test(context.text.slice(Math.max(0, context.start - 40), context.start))
}

const fractionBefore =
  /(?:melhora|piora|redu[çc][ãa]o|aumento|rela[çc][ãa]o|raz[ãa]o|propor[çc][ãa]o|escore|score|nota|total|m[ée]dia|taxa|escala|dor|EVA) de $/iu
const fractionAfter =
  /^ ?(?:d[aeo]s?|of|pacientes|patients|casos|cases|times|vezes|sess[õo]es|sessions|mm|mg|ml|%)(?!\p{L})/iu

/** Day and month without a year, after a word that only a date follows so. */
export function isDayAndMonth(value: string, context: FindContext): boolean {
  const [first = 0, second = 0] = value.split('/').map(Number)
  if (fractionAfter.test(context.text.slice(context.end, context.end + 12))) return false
  if (fractionBefore.test(context.text.slice(Math.max(0, context.start - 20), context.start))) return false
  return isCalendarDay(first, second) || isCalendarDay(second, first)
}
