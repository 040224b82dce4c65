import { fullYear, isCalendarDay, monthNumbers } from '../calendar.js'
import { fold } from '../word.js'

const dayMs = 86_400_000

/** Which of two small numbers is the day. */
export type DateOrder = 'day-first' | 'month-first'

interface Part {
  readonly text: string
  readonly kind: 'day' | 'month' | 'year' | 'month-name' | 'other'
}

/** Parts of a written date, in their order; undefined where day, month and year are not all written in digits or a month's name. */
function readParts(value: string, order: DateOrder): Part[] | undefined {
  const pieces = value.match(/\d+|\p{L}+|[^\p{L}\d]+/gu) ?? []
  const iso = /^\d{4}[/.-]\d{1,2}[/.-]\d{1,2}/.test(value)
  const hasName = pieces.some((piece) => monthNumbers.has(fold(piece)))
  let numbers = 0
  const parts = pieces.map((text): Part => {
    if (monthNumbers.has(fold(text)) && /\p{L}/u.test(text)) return { text, kind: 'month-name' }
    if (!/^\d+$/.test(text)) return { text, kind: 'other' }
    numbers++
    if (iso)
      return {
        text,
        kind: numbers === 1 ? 'year' : numbers === 2 ? 'month' : numbers === 3 ? 'day' : 'other',
      }
    if (hasName) return { text, kind: text.length === 4 ? 'year' : numbers === 1 ? 'day' : 'year' }
    const dayAt = order === 'day-first' ? 1 : 2
    return {
      text,
      kind: numbers === dayAt ? 'day' : numbers < 3 ? 'month' : numbers === 3 ? 'year' : 'other',
    }
  })
  const count = (kinds: Part['kind'][]) => parts.filter((part) => kinds.includes(part.kind)).length
  return count(['day']) === 1 && count(['month', 'month-name']) === 1 && count(['year']) === 1
    ? parts
    : undefined
}

function readDate(parts: readonly Part[]): Date | undefined {
  const textOf = (kind: Part['kind']) => parts.find((part) => part.kind === kind)?.text
  const year = fullYear(textOf('year') ?? '')
  const month = monthNumbers.get(fold(textOf('month-name') ?? '')) ?? Number(textOf('month'))
  const day = Number(textOf('day'))
  return isCalendarDay(day, month, year) ? new Date(Date.UTC(year, month - 1, day)) : undefined
}

const monthForms = [
  'janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro',
  'january february march april may june july august september october november december',
  'jan fev mar abr mai jun jul ago set out nov dez',
  'jan feb mar apr may jun jul aug sep oct nov dec',
].map((forms) => forms.split(' '))

/** The month's name in the language, length and case of `like`. */
function monthNameLike(like: string, month: number): string {
  const folded = fold(like)
  const form = monthForms.find((names) => names.some((name) => fold(name) === folded)) ?? monthForms[1]
  const name = form?.[month - 1] ?? like
  if (like === like.toUpperCase()) return name.toUpperCase()
  return like[0] === like[0]?.toUpperCase() ? `${name[0]?.toUpperCase()}${name.slice(1)}` : name
}

/** True when a numeric date is one only with the month first: 03/25/2024. */
export function isMonthFirstOnly(value: string): boolean {
  const dayFirst = readParts(value, 'day-first')
  const monthFirst = readParts(value, 'month-first')
  if (dayFirst === undefined || monthFirst === undefined) return false
  return readDate(dayFirst) === undefined && readDate(monthFirst) !== undefined
}

/** The date `days` later in the same form, or undefined where it is no full date in digits or with a month's name. */
export function shiftDate(value: string, days: number, order: DateOrder): string | undefined {
  const other = order === 'day-first' ? 'month-first' : 'day-first'
  for (const attempt of [order, other] as const) {
    const parts = readParts(value, attempt)
    const date = parts && readDate(parts)
    if (parts === undefined || date === undefined) continue
    const shifted = new Date(date.getTime() + days * dayMs)
    return parts.map((part) => writePart(part, shifted)).join('')
  }
  return undefined
}

function writePart(part: Part, date: Date): string {
  if (part.kind === 'other') return part.text
  if (part.kind === 'month-name') return monthNameLike(part.text, date.getUTCMonth() + 1)
  if (part.kind === 'year') return String(date.getUTCFullYear()).slice(part.text.length === 2 ? 2 : 0)
  const number = part.kind === 'day' ? date.getUTCDate() : date.getUTCMonth() + 1
  return String(number).padStart(part.text.startsWith('0') || part.text.length === 2 ? 2 : 1, '0')
}
