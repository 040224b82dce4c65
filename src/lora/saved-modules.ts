import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import type { Parameter } from '../models/parameter.js'
import type { LoraConfig } from './lora-config.js'

/** Modules that a tied model shares between its two ends. */
const tiedModules: readonly string[] = ['model.embed_tokens', 'lm_head']

/**
 * The parameters that `modulesToSave` means: those of the embedding, the output head and the norms whose module path ends
 * with one of its names (PEFT's rule: `norm` means every norm). They are trained in place, in full.
 *
 * @throws INVALID_ARGUMENT for a name that matches none of them, an end of a tied model, or weights that are not float32
 */
export function savedParameters(model: CausalLM, { modulesToSave }: LoraConfig): Parameter[] {
  const inLayers = new Set([...model.linears().keys()].filter((path) => path !== 'lm_head'))
  const candidates = model.parameters().flatMap((parameter) => {
    const module = parameter.path.replace(/\.[^.]*$/, '').replace(/\.lora_[AB]$/, '')
    return inLayers.has(module) ? [] : [{ parameter, module }]
  })
  for (const name of modulesToSave) {
    if (model.config.tieWordEmbeddings && tiedModules.some((tied) => tied.endsWith(name))) {
      throw invalid(
        `modules of their own; "${name}" is one matrix with the other end of this model (tie_word_embeddings)`,
        'Leave it out, and raise r instead.',
      )
    }
    const isLinear = [...inLayers].some((path) => path.endsWith(name))
    if (!isLinear && candidates.some(({ module }) => module.endsWith(name))) continue
    const known = [...new Set(candidates.map(({ module }) => module.split('.').at(-1)))].join(', ')
    throw invalid(`among ${known}; got "${name}"`, 'Linears of the layers get an adapter: see targetModules.')
  }
  const saved = candidates.filter(({ module }) => modulesToSave.some((name) => module.endsWith(name)))
  const other = saved.find(({ parameter }) => parameter.value.dtype !== 'float32')
  if (other !== undefined) {
    const { path, value } = other.parameter
    throw invalid(`in float32 to be trained; ${path} is ${value.dtype}`, 'Load the model with dtype float32.')
  }
  return saved.map(({ parameter }) => parameter)
}

function invalid(rule: string, remedy: string): MedtuneError {
  return new MedtuneError('INVALID_ARGUMENT', `modulesToSave must be ${rule}. ${remedy}`)
}
