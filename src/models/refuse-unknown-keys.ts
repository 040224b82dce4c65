import type { ConfigFields } from './config-fields.js'

/** Parts of names of keys that decide what a decoder computes. */
const mathematical =
  /rope|rotary|window|attention|attn|soft_?cap|scal(e|ing)|multiplier|norm|bias|expert|moe|activation|hidden_act|alibi|clip|residual|parallel|mup|sink|chunk|layer_types|kv_|logit|pdrop|dropout|embedding_|num_nextn|mlp_|query_|interleave/

/** Keys whose names look so and that choose how to compute, not what. */
const implementation = /^_|flash|implementation|^output_attentions$|^pretraining_tp$|^unsloth_/

/**
 * Refuses every key of a configuration that by its name changes the mathematics and that the architecture did not read:
 * none is ever ignored.
 *
 * @throws UNSUPPORTED_MODEL
 */
export function refuseUnknownKeys(fields: ConfigFields): void {
  fields.refuseUnread((key) => mathematical.test(key) && !implementation.test(key))
}

/** @throws UNSUPPORTED_MODEL for a part of the model that is zeroed in training */
export function refuseDropout(fields: ConfigFields, ...keys: readonly string[]): void {
  for (const key of keys) {
    if (fields.number(key, { fallback: 0 }) !== 0) throw fields.unsupported(key, '0')
  }
}
