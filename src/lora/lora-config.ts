import { MedtuneError } from '../errors.js'

/** Settings of an adapter. Names, meanings and matching rules are PEFT's. */
export interface LoraConfig {
  /** Rank: columns of B, rows of A. */
  readonly r: number
  /** The adapter's output is multiplied by loraAlpha / r (loraAlpha / √r with `useRslora`). */
  readonly loraAlpha: number
  /** Part of the adapter's inputs that is zeroed in training. */
  readonly loraDropout: number
  /** Biases stay as they are. */
  readonly bias: 'none'
  /** Ends of module paths (`q_proj`), one regular expression for whole paths, or `all-linear`: every Linear but the output head. */
  readonly targetModules: readonly string[] | string
  /** Layers that get an adapter, by number; undefined for all. As in PEFT, `targetModules` given as paths is not narrowed. */
  readonly layersToTransform: readonly number[] | undefined
  /** Name of the list of layers (`layers`) where a model has several; undefined for any. */
  readonly layersPattern: readonly string[] | undefined
  readonly useRslora: boolean
  /** Ranks of modules whose path ends with a key (a regular expression). */
  readonly rankPattern: Readonly<Record<string, number>>
  /** As `rankPattern`, for loraAlpha. */
  readonly alphaPattern: Readonly<Record<string, number>>
  /** Modules trained in full and stored with the adapter, by ends of their paths: `embed_tokens`, `lm_head`, norms. */
  readonly modulesToSave: readonly string[]
}

export const defaultLoraConfig: LoraConfig = {
  r: 16,
  loraAlpha: 16,
  loraDropout: 0,
  bias: 'none',
  targetModules: 'all-linear',
  layersToTransform: undefined,
  layersPattern: undefined,
  useRslora: false,
  rankPattern: {},
  alphaPattern: {},
  modulesToSave: [],
}

/**
 * The defaults with `given` over them.
 *
 * @throws INVALID_ARGUMENT for an unknown name or a value that breaks its rule
 */
export function resolveLoraConfig(given: Partial<LoraConfig> = {}): LoraConfig {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(defaultLoraConfig, name))
  if (unknown !== undefined) {
    const known = Object.keys(defaultLoraConfig).join(', ')
    throw invalid('LoRA setting', `one of ${known}`, unknown, 'Check the spelling.')
  }
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const config: LoraConfig = { ...defaultLoraConfig, ...defined }
  const { r, loraAlpha, loraDropout, bias, targetModules } = config
  if (!isRank(r)) throw invalid('r', 'an integer ≥ 1', r, 'Use 8 to 64, as a rule 16.')
  if (!isPositive(loraAlpha)) throw invalid('loraAlpha', '> 0', loraAlpha, 'Set it to r or 2 × r.')
  if (!(loraDropout >= 0 && loraDropout < 1))
    throw invalid('loraDropout', '≥ 0 and < 1', loraDropout, 'Use 0.')
  if (bias !== 'none') throw invalid('bias', '"none"', bias, 'Trained biases are not supported.')
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
  if (!(Array.isArray(targetModules) ? targetModules.every(isText) : isText(targetModules))) {
    const rule = 'a list of module names, a regular expression or "all-linear"'
    throw invalid('targetModules', rule, targetModules, 'Use for example ["q_proj", "v_proj"].')
  }
  const { modulesToSave } = config
  if (!(Array.isArray(modulesToSave) && modulesToSave.every(isText))) {
    throw invalid('modulesToSave', 'a list of module names', modulesToSave, 'Use for example ["lm_head"].')
  }
  const { layersToTransform: layers, layersPattern: pattern } = config
  if (layers !== undefined && !(Array.isArray(layers) && layers.length > 0 && layers.every(isLayer))) {
    throw invalid('layersToTransform', 'a list of layer numbers ≥ 0', layers, 'Use for example [0, 1].')
  }
  if (pattern !== undefined && !(Array.isArray(pattern) && pattern.every(isText))) {
    throw invalid('layersPattern', 'a list of names', pattern, 'Use ["layers"].')
  }
  if (pattern !== undefined && layers === undefined) {
    throw invalid('layersPattern', 'given with layersToTransform', pattern, 'Set both, or leave it out.')
  }
  for (const [key, rank] of Object.entries(config.rankPattern)) {
    if (!isRank(rank)) throw invalid(`rankPattern "${key}"`, 'an integer ≥ 1', rank, 'Use 8 to 64.')
  }
  for (const [key, alpha] of Object.entries(config.alphaPattern)) {
    if (!isPositive(alpha)) throw invalid(`alphaPattern "${key}"`, '> 0', alpha, 'Set it to the rank.')
  }
  return config
}

/** Rank and scale of the adapter at one module. */
export function adapterSizes(config: LoraConfig, path: string): { r: number; scale: number } {
  const r = patternValue(config.rankPattern, path) ?? config.r
  const alpha = patternValue(config.alphaPattern, path) ?? config.loraAlpha
  return { r, scale: config.useRslora ? alpha / Math.sqrt(r) : alpha / r }
}

/**
 * A key that matches no module would change nothing, in silence.
 *
 * @throws INVALID_ARGUMENT for a key of `rankPattern` or `alphaPattern` that matches none of the adapted modules
 */
export function assertPatternsMatch(
  { rankPattern, alphaPattern }: LoraConfig,
  modules: readonly string[],
): void {
  for (const [name, pattern] of Object.entries({ rankPattern, alphaPattern })) {
    const useless = Object.keys(pattern).find(
      (key) => !modules.some((path) => regularExpression(`(.*\\.)?(${key})`).test(path)),
    )
    if (useless !== undefined) {
      throw invalid(name, 'keyed by ends of adapted module paths', useless, 'Correct it.')
    }
  }
}

function patternValue(pattern: Readonly<Record<string, number>>, path: string): number | undefined {
  const key = Object.keys(pattern).find((suffix) => regularExpression(`(.*\\.)?(${suffix})`).test(path))
  return key === undefined ? undefined : pattern[key]
}

/**
 * The module paths that `targetModules` means.
 *
 * @throws INVALID_ARGUMENT when nothing matches, or an entry of the list matches nothing
 */
export function matchTargetModules(targets: readonly string[] | string, paths: Iterable<string>): string[] {
  const all = [...paths]
  const entries: readonly (string | readonly string[])[] =
    typeof targets === 'string' ? [targets] : targets.map((target) => [target])
  const useless = entries.find((entry) => !all.some((path) => isTarget(entry, path)))
  if (useless !== undefined || entries.length === 0) {
    const names = [...new Set(all.map((path) => path.split('.').at(-1)))].join(', ')
    throw invalid(
      'targetModules',
      `found among the model's Linears (${names})`,
      useless ?? '[]',
      'Correct it.',
    )
  }
  return all.filter((path) => isTarget(targets, path))
}

/**
 * The module paths that get an adapter: those of `targetModules`, in the layers of `layersToTransform`.
 *
 * @throws INVALID_ARGUMENT as `matchTargetModules`, or when no target is in those layers
 */
export function adaptedModules(config: LoraConfig, paths: Iterable<string>): string[] {
  const targets = matchTargetModules(config.targetModules, paths)
  const { layersToTransform, targetModules } = config
  if (layersToTransform === undefined) return targets
  const isNamed = (path: string): boolean => Array.isArray(targetModules) && targetModules.includes(path)
  const chosen = targets.filter((path) => {
    const layer = layerOf(path, config.layersPattern)
    return isNamed(path) || (layer !== undefined && layersToTransform.includes(layer))
  })
  const present = new Set(targets.map((path) => layerOf(path, config.layersPattern)))
  const absent = layersToTransform.find((layer) => !present.has(layer))
  if (chosen.length > 0 && absent === undefined) return chosen
  throw invalid(
    'layersToTransform',
    'numbers of layers that the model has',
    absent ?? layersToTransform.join(),
    'Count from 0.',
  )
}

/** PEFT's rule: the first number in the path, behind a name of `layersPattern` where that is given. */
function layerOf(path: string, layersPattern: readonly string[] | undefined): number | undefined {
  const patterns =
    layersPattern === undefined || layersPattern.length === 0
      ? ['.*?\\.[^.]*']
      : layersPattern.map((name) => `(?:^|.*?\\.)${name}`)
  const found = patterns.map((pattern) => new RegExp(`^${pattern}\\.(\\d+)\\.`).exec(path)?.[1])
  const layer = found.find((text) => text !== undefined)
  return layer === undefined ? undefined : Number(layer)
}

/** Whether `targetModules` means the module at `path`. */
export function isTarget(targets: readonly string[] | string, path: string): boolean {
  if (targets === 'all-linear') return path !== outputHead
  if (typeof targets === 'string') return regularExpression(targets).test(path)
  return targets.some((target) => path === target || path.endsWith(`.${target}`))
}

/** Path of the output head in every architecture's checkpoint; `all-linear` leaves it out. */
const outputHead = 'lm_head'

function regularExpression(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`)
  } catch {
    throw invalid('a pattern', 'a regular expression', source, 'Check its brackets.')
  }
}

const isLayer = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const isRank = (value: number): boolean => Number.isSafeInteger(value) && value >= 1
const isPositive = (value: number): boolean => Number.isFinite(value) && value > 0

function invalid(subject: string, rule: string, value: unknown, remedy: string): MedtuneError {
  return new MedtuneError('INVALID_ARGUMENT', `${subject} must be ${rule}; got ${String(value)}. ${remedy}`)
}
