import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import { type DenseLinear, hasDenseWeight } from '../models/layers/dense-linear.js'
import type { DenseWeight } from '../models/layers/linear-weight.js'
import { adapterOf, type LoraAdapter } from './lora-adapter.js'

/**
 * Folds the adapter into the weights, W + s·B·A, and removes it: the model computes the same without the adapter's
 * cost. It cannot be undone exactly; keep the adapter's files.
 *
 * @throws INVALID_ARGUMENT when the model has no adapter, UNSUPPORTED_MODEL when a weight is not dense
 */
export function mergeLora(model: CausalLM): void {
  const { modules } = requireAdapter(model)
  const { ops } = model
  for (const [path, { base }] of modules) {
    if (hasDenseWeight(base)) continue
    throw new MedtuneError(
      'UNSUPPORTED_MODEL',
      `${path} must have a dense weight to be merged; it has another form. Load the model without quantization.`,
    )
  }
  for (const [path, linear] of modules) {
    const base = linear.base as DenseLinear<DenseWeight>
    const merged = ops.keep(linear.mergedWeight(ops, base))
    ops.free(base.weight.parameter.value)
    base.weight.parameter.value = merged
    linear.disposeAdapter(ops)
    model.replaceLinear(path, base)
  }
}

/**
 * Takes the adapter out of a model and frees it; the model is again what it was.
 *
 * @throws INVALID_ARGUMENT when the model has no adapter, or one with `modulesToSave`
 */
export function removeLora(model: CausalLM): void {
  const { config, modules } = requireAdapter(model)
  if (config.modulesToSave.length > 0) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `the adapter must have no modulesToSave to be taken out; it has ${config.modulesToSave.join(', ')}, trained in place. Load the base model again.`,
    )
  }
  for (const [path, linear] of modules) {
    linear.disposeAdapter(model.ops)
    model.replaceLinear(path, linear.base)
  }
}

function requireAdapter(model: CausalLM): LoraAdapter {
  const adapter = adapterOf(model)
  if (adapter !== undefined) return adapter
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    'the model must have an adapter; it has none. Call applyLora or loadAdapter first.',
  )
}
