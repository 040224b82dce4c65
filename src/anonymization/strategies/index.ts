import { consistentToken } from './consistent-token.js'
import { dateShift } from './date-shift.js'
import { keyedHash } from './keyed-hash.js'
import { placeholder } from './placeholder.js'
import type { Strategy, StrategyOptions } from './strategy.js'
import { surrogate } from './surrogate.js'

/** The strategies by name. */
export const strategyNames = ['placeholder', 'token', 'surrogate', 'date-shift', 'hmac'] as const

/** The name of a strategy. */
export type StrategyName = (typeof strategyNames)[number]

const makers: Readonly<Record<StrategyName, (options: StrategyOptions) => Strategy>> = {
  placeholder: () => placeholder,
  token: consistentToken,
  surrogate,
  'date-shift': dateShift,
  hmac: keyedHash,
}

/**
 * The strategy of this name.
 *
 * @throws MedtuneError INVALID_ARGUMENT for `surrogate`, `date-shift` and `hmac` without a key
 */
export function createStrategy(name: StrategyName, options: StrategyOptions = {}): Strategy {
  return makers[name](options)
}
