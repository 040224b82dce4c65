import { MedtuneError } from '../errors.js'
import { type BackendName, useBackend } from '../tensors/backend.js'
import type { Ops } from '../tensors/ops.js'
import type { SafetensorsFile } from '../tensors/safetensors.js'
import { openCheckpoint } from '../tensors/safetensors-checkpoint.js'
import type { WeightSpec } from './architecture.js'
import type { CausalLM } from './causal-lm.js'
import { DecoderLM } from './decoder-lm.js'
import { fitToTensors } from './decoder-modules.js'
import { rowsFromCheckpoint } from './layers/row-order.js'
import { type ReadConfig, readConfigFile } from './model-folder.js'
import type { Parameter } from './parameter.js'
import {
  resolveWeightDtype,
  uploadInDtype,
  type WeightDtype,
  type WeightDtypeOption,
} from './weight-dtype.js'

export interface LoadOptions {
  /**
   * What matrices are held and multiplied in. `auto` (default) is bfloat16 on a graphics card, float32 elsewhere. Norms,
   * softmax, loss, adapters and the optimizer's state are float32 always.
   */
  readonly dtype?: WeightDtypeOption
  /** Hold the weights of linear layers as 4-bit NormalFloat. */
  readonly loadIn4bit?: boolean
  /** Default: the backend in use, or the best that starts. */
  readonly backend?: BackendName
}

/**
 * Loads a decoder-only model from a folder in Hugging Face layout, one tensor at a time. Weights start frozen.
 *
 * @param directory holds config.json and model.safetensors (or its shards and their index)
 * @throws MODEL_NOT_FOUND, INVALID_CONFIG, UNSUPPORTED_MODEL, INVALID_SAFETENSORS, BACKEND_UNAVAILABLE, OUT_OF_MEMORY
 */
export async function loadCausalLM(directory: string, options: LoadOptions = {}): Promise<CausalLM> {
  checkOptions(options)
  const read = await readConfigFile(directory)
  const { ops } = await useBackend(options.backend)
  const dtype = resolveWeightDtype(ops, options.dtype)
  const checkpoint = await openCheckpoint(directory)
  try {
    const { architecture } = read
    const config = fitToTensors(read.config, (name) => checkpoint.has(name))
    const specs = architecture.weightSpecs(config)
    checkTensors(directory, checkpoint, specs, { architecture, config })
    const weights = await readWeights(ops, checkpoint, specs, dtype)
    return new DecoderLM(architecture.assemble(config, ops, weights), directory)
  } finally {
    await checkpoint.close()
  }
}

function checkOptions({ loadIn4bit = false }: LoadOptions): void {
  if (loadIn4bit) {
    throw new MedtuneError(
      'BACKEND_UNAVAILABLE',
      'loadIn4bit needs a backend that computes with 4-bit weights; the available ones do not. Set loadIn4bit to false.',
    )
  }
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

async function readWeights(
  ops: Ops,
  checkpoint: SafetensorsFile,
  specs: readonly WeightSpec[],
  dtype: WeightDtype,
): Promise<Map<string, Parameter>> {
  const weights = new Map<string, Parameter>()
  try {
    for (const spec of specs) {
      const { data } = await checkpoint.readFloat32(spec.path)
      weights.set(spec.path, uploadWeight(ops, spec, data, dtype))
    }
    return weights
  } catch (error) {
    for (const { value } of weights.values()) ops.free(value)
    throw error
  }
}

/** @param data float32 values in the checkpoint's row order */
export function uploadWeight(
  ops: Ops,
  spec: WeightSpec,
  data: Float32Array,
  dtype: WeightDtype = 'float32',
): Parameter {
  const rows = rowsFromCheckpoint(data, spec.shape[0] ?? 0, spec.rowOrder)
  const { path, rowOrder } = spec
  return { path, value: uploadInDtype(ops, rows, spec.shape, dtype), trainable: false, rowOrder }
}
