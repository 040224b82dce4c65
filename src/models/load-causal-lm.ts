import { MedtuneError } from '../errors.js'
import { type BackendName, useBackend } from '../tensors/backend.js'
import { elementCount } from '../tensors/dtype.js'
import { withDequantized } from '../tensors/quantization-checkpoint.js'
import type { SafetensorsFile } from '../tensors/safetensors.js'
import { openCheckpoint } from '../tensors/safetensors-checkpoint.js'
import type { WeightSpec } from './architecture.js'
import type { CausalLM } from './causal-lm.js'
import { DecoderLM } from './decoder-lm.js'
import { fitToTensors } from './decoder-modules.js'
import { loadWeights } from './load-weights.js'
import { type ReadConfig, readConfigFile } from './model-folder.js'
import {
  checkPrecision,
  type MatmulPrecision,
  resolveWeightDtype,
  setPrecision,
  type WeightDtypeOption,
} from './weight-dtype.js'

export interface LoadOptions {
  /**
   * What matrices are held and multiplied in. `auto` (default) is bfloat16 on a graphics card, float32 elsewhere. Norms,
   * softmax, loss, adapters and the optimizer's state are float32 always.
   */
  readonly dtype?: WeightDtypeOption
  /**
   * Hold the matrices of the layers as 4-bit NormalFloat: a seventh of the memory, for frozen weights only. Those that the
   * checkpoint holds so stay packed in any case. Default: on graphics cards, for models of more than 2 billion parameters.
   */
  readonly loadIn4bit?: boolean | undefined
  /**
   * `highest` (default) multiplies float32 weights in float32. `high` keeps them so and rounds what is multiplied to
   * bfloat16, where the backend computes in it: merges, decoding one token after another and updates stay exact.
   */
  readonly matmulPrecision?: MatmulPrecision
  /** Default: the backend in use, or the best that starts. */
  readonly backend?: BackendName
  /** Is told how many of the checkpoint's bytes are loaded. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined
}

/** Parameters from which a model is held in 4 bits on a graphics card unless told otherwise. */
const largeModel = 2e9

/**
 * Loads a decoder-only model from a folder in Hugging Face layout, one tensor at a time. Weights start frozen.
 *
 * @param directory holds config.json and model.safetensors (or its shards and their index)
 * @throws MODEL_NOT_FOUND, INVALID_CONFIG, UNSUPPORTED_MODEL, INVALID_SAFETENSORS, BACKEND_UNAVAILABLE, OUT_OF_MEMORY
 */
export async function loadCausalLM(directory: string, options: LoadOptions = {}): Promise<CausalLM> {
  const read = await readConfigFile(directory)
  const { ops } = await useBackend(options.backend)
  const dtype = resolveWeightDtype(ops, options.dtype)
  checkPrecision(ops, options.matmulPrecision)
  const stored = await openCheckpoint(directory)
  try {
    const checkpoint = await withDequantized(stored)
    const { architecture } = read
    const config = fitToTensors(read.config, (name) => checkpoint.has(name))
    const specs = architecture.weightSpecs(config)
    checkTensors(directory, checkpoint, specs, { architecture, config })
    const { loadIn4bit = ops.name === 'cuda' && parameterCount(specs) > largeModel, onProgress } = options
    const source = { stored, values: checkpoint }
    const { weights, packed } = await loadWeights(ops, source, specs, { dtype, loadIn4bit, onProgress })
    setPrecision(weights.values(), options.matmulPrecision)
    return new DecoderLM(architecture.assemble(config, ops, weights, packed), directory)
  } finally {
    await stored.close()
  }
}

function parameterCount(specs: readonly WeightSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)
}

/** Names and shapes are checked before any data is read, so that a wrong folder fails at once. */
function checkTensors(
  directory: string,
  checkpoint: SafetensorsFile,
  specs: readonly WeightSpec[],
  { architecture, config }: ReadConfig,
): void {
  const expected = new Map(specs.map((spec) => [spec.path, spec]))
  const missing = specs.filter((spec) => !checkpoint.has(spec.path)).map((spec) => spec.path)
  if (missing.length > 0) throw tensorError(directory, `must hold ${listed(missing)}; the file does not`)
  const extra = checkpoint.names.filter(
    (name) => !expected.has(name) && !architecture.mayIgnore(name, config),
  )
  if (extra.length > 0) {
    throw tensorError(
      directory,
      `must hold only tensors that config.json calls for; found also ${listed(extra)}`,
    )
  }
  for (const { path, shape } of specs) {
    const found = checkpoint.info(path).shape
    if (found.length === shape.length && found.every((size, axis) => size === shape[axis])) continue
    throw tensorError(directory, `must hold ${path} as [${shape}], as config.json says; found [${found}]`)
  }
}

function tensorError(directory: string, rule: string): MedtuneError {
  return new MedtuneError(
    'INVALID_SAFETENSORS',
    `The weights in ${directory} ${rule}. Take config.json and weights from the same model.`,
  )
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown
}
