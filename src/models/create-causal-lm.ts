import { type BackendName, useBackend } from '../tensors/backend.js'
import { Random } from '../tensors/random.js'
import type { WeightSpec } from './architecture.js'
import type { CausalLM } from './causal-lm.js'
import { DecoderLM } from './decoder-lm.js'
import { uploadWeight } from './load-weights.js'
import { interpretConfig } from './model-folder.js'

export interface CreateOptions {
  /** Seed of the initial weights. */
  readonly seed: number
  /** Default: the backend in use, or the best that starts. */
  readonly backend?: BackendName
}

/**
 * A new model with random weights, for training from scratch: matrices are normally distributed with standard deviation
 * `initializer_range`, norms one, biases zero. All parameters are trainable.
 *
 * @param config what `config.json` would hold
 * @throws INVALID_CONFIG, UNSUPPORTED_MODEL, BACKEND_UNAVAILABLE
 */
export async function createCausalLM(
  config: Readonly<Record<string, unknown>>,
  options: CreateOptions,
): Promise<CausalLM> {
  const read = interpretConfig('config', config)
  const { ops } = await useBackend(options.backend)
  const random = new Random(options.seed)
  const weights = new Map(
    read.architecture.weightSpecs(read.config).map((spec) => {
      const data = initialValues(spec, random, read.config.initializerRange)
      return [spec.path, { ...uploadWeight(ops, spec, data), trainable: true }] as const
    }),
  )
  return new DecoderLM(read.architecture.assemble(read.config, ops, weights), 'new model')
}

function initialValues({ shape, initial }: WeightSpec, random: Random, deviation: number): Float32Array {
  const data = new Float32Array(shape.reduce((count, size) => count * size, 1))
  if (initial === 'ones') return data.fill(1)
  return initial === 'zeros' ? data : data.map(() => random.normal(0, deviation))
}
