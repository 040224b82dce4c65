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
