import type { LogitsProcessor } from './logits-processor.js'

/** l / temperature. @param value above 0 */
export function temperature(value: number): LogitsProcessor {
  return (logits) => {
    for (let i = 0; i < logits.length; i++) logits[i] = (logits[i] as number) / value
  }
}
