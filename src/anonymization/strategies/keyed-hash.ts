import { identities } from './identity.js'
import { hmac, requireKey } from './secret.js'
import type { Strategy, StrategyOptions } from './strategy.js'

const hashLength = 32

/**
 * `[NOME:…]` with 128 bits of HMAC-SHA-256: records of one person can be joined by whoever hashes with the same key.
 *
 * @throws MedtuneError INVALID_ARGUMENT without a key
 */
export function keyedHash(options: StrategyOptions): Strategy {
  const key = requireKey('hmac', options.key)
  return {
    name: 'hmac',
    openDocument: (values) => {
      const identityOf = identities(values)
      return (phi) => `[${phi.type}:${hmac(key, identityOf(phi)).slice(0, hashLength)}]`
    },
  }
}
