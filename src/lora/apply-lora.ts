import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import type { Linear } from '../models/layers/linear.js'
import type { Parameter } from '../models/parameter.js'
import type { Ops } from '../tensors/ops.js'
import { Random } from '../tensors/random.js'
import { adapterOf, type LoraAdapter } from './lora-adapter.js'
import {
  adaptedModules,
  adapterSizes,
  assertPatternsMatch,
  type LoraConfig,
  resolveLoraConfig,
} from './lora-config.js'
import { LoraLinear } from './lora-linear.js'
import { moduleSeed } from './module-seed.js'
import { savedParameters } from './saved-modules.js'

export interface ApplyLoraOptions extends Partial<LoraConfig> {
  /** Seed of A. Default 3407. */
  readonly seed?: number
}

/**
 * Puts a new adapter into a model and freezes everything else but `modulesToSave`: A [R, in] uniform in ±1/√in, B [out, R] zero, so that the
 * model answers as before until it is trained.
 *
 * @returns the adapter; it is freed with the model, or by `removeLora` and `mergeLora`
 * @throws INVALID_ARGUMENT for a setting that breaks its rule, a target that matches nothing, or a model with an adapter
 * @see Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021)
 */
export function applyLora(model: CausalLM, options: ApplyLoraOptions = {}): LoraAdapter {
  const { seed = 3407, ...given } = options
  const config = resolveLoraConfig(given)
  const initialA = (linear: Linear, r: number): Float32Array => {
    const random = new Random(moduleSeed(seed, linear.path))
    const bound = 1 / Math.sqrt(linear.inFeatures)
    return Float32Array.from({ length: r * linear.inFeatures }, () => random.uniform(-bound, bound))
  }
  const modules = adaptedModules(config, model.linears().keys())
  assertPatternsMatch(config, modules)
  return installAdapter(model, config, modules, (linear, r) => ({
    a: initialA(linear, r),
    b: new Float32Array(linear.outFeatures * r),
  }))
}

/**
 * Wraps the Linears at `paths` and freezes every other parameter.
 *
 * @param values A [R, in] and B [out, R] of a module, row-major, B's rows in the Linear's row order
 */
export function installAdapter(
  model: CausalLM,
  config: LoraConfig,
  paths: readonly string[],
  values: (linear: Linear, r: number) => { a: Float32Array; b: Float32Array },
): LoraAdapter {
  if (adapterOf(model) !== undefined) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'the model must have no adapter yet; it has one. Call mergeLora or removeLora first.',
    )
  }
  const saved = savedParameters(model, config)
  const wrapped: LoraLinear[] = []
  try {
    for (const path of paths) {
      const base = model.linears().get(path)
      if (base === undefined) throw new MedtuneError('INTERNAL', `${path} is no Linear of the model.`)
      const { r, scale } = adapterSizes(config, path)
      const linear = wrap(model.ops, base, { ...values(base, r), r }, scale, config)
      wrapped.push(linear)
      model.replaceLinear(path, linear)
    }
  } catch (error) {
    // The model must not be left half adapted: memory ran out, or a Linear that cannot carry an adapter.
    for (const linear of wrapped) {
      linear.disposeAdapter(model.ops)
      model.replaceLinear(linear.path, linear.base)
    }
    throw error
  }
  const trained = new Set([...wrapped.flatMap(({ loraA, loraB }) => [loraA, loraB]), ...saved])
  for (const parameter of model.parameters()) parameter.trainable = trained.has(parameter)
  return { config, modules: new Map(wrapped.map((linear) => [linear.path, linear])) }
}

function wrap(
  ops: Ops,
  base: Linear,
  { a, b, r }: { a: Float32Array; b: Float32Array; r: number },
  scale: number,
  config: LoraConfig,
): LoraLinear {
  const parameter = (name: string, data: Float32Array, shape: readonly number[]): Parameter => ({
    path: `${base.path}.${name}.weight`,
    value: ops.keep(ops.upload(data, shape)),
    trainable: true,
  })
  return new LoraLinear({
    base,
    loraA: parameter('lora_A', a, [r, base.inFeatures]),
    loraB: parameter('lora_B', b, [base.outFeatures, r]),
    scale,
    config,
  })
}
