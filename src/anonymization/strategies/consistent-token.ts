import { identities } from './identity.js'
import { hmac, requireKey } from './secret.js'
import type { Strategy, StrategyOptions } from './strategy.js'

const keyedLength = 8

/**
 * `[NOME_1]`, `[NOME_2]`: the same person or number keeps its token through a document; with a key (`[NOME_3f2a9c01]`)
 * also across documents.
 */
export function consistentToken(options: StrategyOptions = {}): Strategy {
  const key = options.key === undefined ? undefined : requireKey('token', options.key)
  return {
    name: 'token',
    openDocument: (values) => {
      const identityOf = identities(values)
      const numbers = new Map<string, number>()
      const used = new Map<string, number>()
      return (phi) => {
        const identity = identityOf(phi)
        if (key !== undefined) return `[${phi.type}_${hmac(key, identity).slice(0, keyedLength)}]`
        let number = numbers.get(identity)
        if (number === undefined) {
          number = (used.get(phi.type) ?? 0) + 1
          used.set(phi.type, number)
          numbers.set(identity, number)
        }
        return `[${phi.type}_${number}]`
      }
    },
  }
}
