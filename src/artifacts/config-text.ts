/** A key and its number, as JSON spells them outside of strings. */
const numberEntry = /"([^"\\]+)"(\s*:\s*)(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,}\n])/g

/**
 * JSON text of a configuration, 30 written as 30.0 under keys where the original has a decimal point: to JavaScript they
 * are one number, and Python's strict configurations refuse the other kind.
 *
 * @param original text that `json` comes from
 */
export function configText(json: Readonly<Record<string, unknown>>, original: string): string {
  const decimals = new Set<string>()
  for (const [, key = '', , value = ''] of original.matchAll(numberEntry)) {
    if (/[.eE]/.test(value)) decimals.add(key)
  }
  const text = JSON.stringify(json, null, 2).replace(numberEntry, (entry: string, key: string) => {
    return decimals.has(key) && /\d$/.test(entry) && !/[.eE][^"]*$/.test(entry) ? `${entry}.0` : entry
  })
  return `${text}\n`
}

/** The keys of transformers 4, which version 5 reads too; those of 5 mean nothing to older readers. */
export function withOlderKeys(json: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { dtype: _, rope_parameters: rope, ...config } = json
  if (typeof rope !== 'object' || rope === null) return config
  const { rope_theta, partial_rotary_factor, ...scaling } = rope as Record<string, unknown>
  // Parameters of each layer type have no older form.
  if ('full_attention' in scaling) return { ...config, rope_parameters: rope }
  const outer = Object.entries({ rope_theta, partial_rotary_factor }).filter(
    ([, value]) => value !== undefined,
  )
  const older = { ...config, ...Object.fromEntries(outer) }
  if ((scaling.rope_type ?? 'default') === 'default') return older
  return json.model_type === 'phi3' ? withPhi3Scaling(older, scaling) : { ...older, rope_scaling: scaling }
}

/** Version 4 takes exactly these keys from a Phi-3, and the original length from beside them. */
function withPhi3Scaling(
  config: Readonly<Record<string, unknown>>,
  { rope_type: type, original_max_position_embeddings: original, ...scaling }: Record<string, unknown>,
): Record<string, unknown> {
  const length = original === undefined ? {} : { original_max_position_embeddings: original }
  return { ...length, ...config, rope_scaling: { type, ...scaling } }
}
