/** Month numbers 1–12 by folded name or abbreviation, Portuguese and English. */
export const monthNumbers: ReadonlyMap<string, number> = new Map(
  [
    'janeiro jan january',
    'fevereiro fev february feb',
    'marco mar march',
    'abril abr april apr',
    'maio mai may',
    'junho jun june',
    'julho jul july',
    'agosto ago august aug',
    'setembro set september sept sep',
    'outubro out october oct',
    'novembro nov november',
    'dezembro dez december dec',
  ].flatMap((names, index) => names.split(' ').map((name): [string, number] => [name, index + 1])),
)

/** True for a day of the (proleptic Gregorian) calendar. Without a year, 29 February counts. */
export function isCalendarDay(day: number, month: number, year = 2000): boolean {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
}

/** Full year of two digits: 00–49 → 2000s, 50–99 → 1900s. */
export function fullYear(digits: string): number {
  const year = Number(digits)
  if (digits.length > 2) return year
  return year < 50 ? 2000 + year : 1900 + year
}
