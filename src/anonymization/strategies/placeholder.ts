import type { Strategy } from './strategy.js'

/** `[DATA]`, `[NOME]` …: the kind stays, everything else is gone. */
export const placeholder: Strategy = {
  name: 'placeholder',
  openDocument: () => (phi) => `[${phi.type}]`,
}
