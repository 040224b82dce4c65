import type { CausalLM } from '../models/causal-lm.js'
import type { LoraConfig } from './lora-config.js'
import { LoraLinear } from './lora-linear.js'

/** The adapter of a model: its settings and its modules by path. */
export interface LoraAdapter {
  readonly config: LoraConfig
  readonly modules: ReadonlyMap<string, LoraLinear>
}

/** The adapter that `applyLora` or `loadAdapter` put into a model, or undefined. */
export function adapterOf(model: CausalLM): LoraAdapter | undefined {
  const modules = new Map<string, LoraLinear>()
  for (const [path, linear] of model.linears()) if (linear instanceof LoraLinear) modules.set(path, linear)
  const [first] = modules.values()
  return first === undefined ? undefined : { config: first.config, modules }
}
