import { MedtuneError } from '../errors.js'
import { defaultLoraConfig, type LoraConfig, resolveLoraConfig } from './lora-config.js'

/** `adapter_config.json` with the fields that every version of PEFT since 0.5 reads and none warns about. */
export function adapterConfigToJson(config: LoraConfig, baseModel: string): Record<string, unknown> {
  return {
    alpha_pattern: config.alphaPattern,
    auto_mapping: null,
    base_model_name_or_path: baseModel,
    bias: config.bias,
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: config.layersPattern ?? null,
    layers_to_transform: config.layersToTransform ?? null,
    lora_alpha: config.loraAlpha,
    lora_dropout: config.loraDropout,
    modules_to_save: config.modulesToSave.length === 0 ? null : config.modulesToSave,
    peft_type: 'LORA',
    r: config.r,
    rank_pattern: config.rankPattern,
    revision: null,
    target_modules: config.targetModules,
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: config.useRslora,
  }
}

/** Fields with the meaning of `LoraConfig`'s, by their name on disk. */
const settings = {
  r: 'r',
  lora_alpha: 'loraAlpha',
  lora_dropout: 'loraDropout',
  bias: 'bias',
  target_modules: 'targetModules',
  layers_to_transform: 'layersToTransform',
  layers_pattern: 'layersPattern',
  use_rslora: 'useRslora',
  rank_pattern: 'rankPattern',
  alpha_pattern: 'alphaPattern',
  modules_to_save: 'modulesToSave',
} as const satisfies Record<string, keyof LoraConfig>

/** Fields that describe how an adapter was made or is run, and change nothing in what it computes. */
const inert = new Set([
  'auto_mapping',
  'base_model_name_or_path',
  'corda_config',
  'eva_config',
  'inference_mode',
  'lora_ga_config',
  'megatron_core',
  'peft_type',
  'peft_version',
  'qalora_group_size',
  'revision',
  'runtime_config',
  'task_type',
])

/** Ways to choose A and B before training that leave the base's weights as they are. */
const plainInitializations = [true, false, 'gaussian', 'orthogonal', 'eva']

/**
 * Reads a parsed `adapter_config.json`. Any option that changes the mathematics and is not implemented here (DoRA,
 * trained biases …) is refused, also one that PEFT may add later.
 *
 * @param source what to call the file in messages
 * @throws INVALID_ADAPTER
 */
export function parseAdapterConfig(
  source: string,
  json: unknown,
): { config: LoraConfig; baseModel: string | undefined } {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalid(source, 'must hold one JSON object')
  }
  const fields: Readonly<Record<string, unknown>> = { ...json }
  if (fields.peft_type !== 'LORA') {
    throw invalid(source, `peft_type must be LORA; got ${shown(fields.peft_type)}`)
  }
  const given: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (key in settings) given[settings[key as keyof typeof settings]] = listed(key, value)
    else if (key === 'init_lora_weights' ? !plainInitializations.includes(value as string) : isOn(key, value))
      throw invalid(
        source,
        `${key} must be off; got ${shown(value)}, which medtune cannot compute. Merge this adapter in Python, or train one without it`,
      )
  }
  for (const name of ['r', 'loraAlpha', 'targetModules'] as const) {
    if (given[name] === undefined) throw invalid(source, `${name} is required`)
  }
  checkTypes(source, given)
  const baseModel = fields.base_model_name_or_path
  try {
    return {
      config: resolveLoraConfig(given as Partial<LoraConfig>),
      baseModel: typeof baseModel === 'string' && baseModel !== '' ? baseModel : undefined,
    }
  } catch (cause) {
    throw new MedtuneError('INVALID_ADAPTER', `${source}: ${cause instanceof Error ? cause.message : ''}`, {
      cause,
    })
  }
}

/** PEFT writes one layer or one pattern without a list, and an empty list for none. */
function listed(key: string, value: unknown): unknown {
  if (value === null || !key.startsWith('layers_')) return value ?? undefined
  const list = Array.isArray(value) ? value : [value]
  return list.length === 0 ? undefined : list
}

function isOn(key: string, value: unknown): boolean {
  if (inert.has(key) || value === null || value === undefined || value === false) return false
  return !(typeof value === 'object' && Object.keys(value).length === 0)
}

/** JSON of any shape may stand in the file; each setting must have the type of its default. */
function checkTypes(source: string, given: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(given)) {
    const example = defaultLoraConfig[name as keyof LoraConfig]
    if (value === undefined || name.includes('odules') || name.startsWith('layers')) continue
    const sameType = typeof value === typeof example && !Array.isArray(value)
    const numbersOnly =
      typeof example !== 'object' ||
      Object.values(value ?? {}).every((number: unknown) => typeof number === 'number')
    if (!sameType || !numbersOnly)
      throw invalid(source, `${name} must be of type ${typeof example}; got ${shown(value)}`)
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 60) ?? 'nothing'
}

function invalid(source: string, problem: string): MedtuneError {
  return new MedtuneError('INVALID_ADAPTER', `${source}: ${problem}. Check that the folder is a PEFT LoRA.`)
}
