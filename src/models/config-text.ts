/** A key and its number, as JSON spells them outside of strings. */
const numberEntry = /"([^"\\]+)"(\s*:\s*)(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,}\n])/g

/** Keys that transformers 5 takes with a decimal point only: its strict configurations refuse 30 for 30.0, or warn of it. */
const decimalKeys = [
  ...['initializer_range', 'rms_norm_eps', 'attn_logit_softcapping', 'final_logit_softcapping'],
  ...['factor', 'low_freq_factor', 'high_freq_factor'],
]

/**
 * JSON text of a configuration, 30 written as 30.0 under keys that need a decimal point or have one in the original: to
 * JavaScript they are one number.
 *
 * @param original text that `json` comes from, where there is one
 */
export function configText(json: Readonly<Record<string, unknown>>, original = ''): string {
  const decimals = new Set<string>(decimalKeys)
  for (const [, key = '', , value = ''] of original.matchAll(numberEntry)) {
    if (/[.eE]/.test(value)) decimals.add(key)
  }
  const text = JSON.stringify(json, null, 2).replace(numberEntry, (entry: string, key: string) => {
    return decimals.has(key) && /\d$/.test(entry) && !/[.eE][^"]*$/.test(entry) ? `${entry}.0` : entry
  })
  return `${text}\n`
}
