import { hmac, requireKey } from './secret.js'
import { isMonthFirstOnly, shiftDate } from './shifted-date.js'
import type { PhiValue, Strategy, StrategyOptions } from './strategy.js'

const mostDays = 365

/** 1 to 365 days, never 0, earlier or later, that key and patient determine. */
export function patientShiftDays(key: string, patient: string): number {
  const number = Number.parseInt(hmac(key, `date-shift|${patient}`).slice(0, 8), 16) % (2 * mostDays)
  return number < mostDays ? number - mostDays : number - mostDays + 1
}

/** A function that moves the full dates of one document, all by `days` and read in one order. */
export function dateShifter(
  values: readonly PhiValue[],
  days: number,
): (value: string) => string | undefined {
  const order = values.some((phi) => phi.type === 'DATA' && isMonthFirstOnly(phi.value))
    ? 'month-first'
    : 'day-first'
  return (value) => shiftDate(value, days, order)
}

/**
 * Full dates move by a number of days that is one patient's own, so that intervals stay; everything else, and dates
 * without a day or year, becomes a placeholder.
 *
 * @throws MedtuneError INVALID_ARGUMENT without a key
 */
export function dateShift(options: StrategyOptions): Strategy {
  const days = patientShiftDays(requireKey('date-shift', options.key), options.patient ?? '')
  return {
    name: 'date-shift',
    openDocument: (values) => {
      const shift = dateShifter(values, days)
      return (phi) => (phi.type === 'DATA' ? shift(phi.value) : undefined) ?? `[${phi.type}]`
    },
  }
}
