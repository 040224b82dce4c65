import path from 'node:path'
import { writeFileAtomically } from '../atomic-file.js'
import { MedtuneError } from '../errors.js'
import { writeSafetensors } from '../tensors/safetensors-writer.js'
import type { CausalLM } from './causal-lm.js'
import { configText } from './config-text.js'
import { rowsToCheckpoint } from './layers/row-order.js'
import { interpretConfig } from './model-folder.js'
import type { Parameter } from './parameter.js'

export interface SaveOptions {
  /** Element type on disk; default float32. */
  readonly dtype?: 'float32' | 'bfloat16' | 'float16'
}

const storageDtypes = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' } as const

/**
 * Writes a model's own weights in Hugging Face layout: config.json and model.safetensors, one tensor at a time.
 * An adapter inside is not written; merge it first.
 *
 * @throws FILE_UNWRITABLE, UNSUPPORTED_MODEL for 4-bit weights
 */
export async function saveCausalLM(
  model: CausalLM,
  directory: string,
  { dtype = 'float32' }: SaveOptions = {},
): Promise<void> {
  const { config } = model
  const { architecture } = interpretConfig('config', config.json)
  const parameters = new Map(model.parameters().map((parameter) => [parameter.path, parameter]))
  const entries = architecture.weightSpecs(config).map((spec) => ({
    name: spec.path,
    dtype: storageDtypes[dtype],
    shape: spec.shape,
    data: async () => {
      const values = await model.ops.read(parameterAt(parameters, spec.path).value)
      return rowsToCheckpoint(values, spec.shape[0] ?? 0, spec.rowOrder)
    },
  }))
  const text = configText({ ...config.json, torch_dtype: dtype })
  await writeFileAtomically(path.join(directory, 'config.json'), text)
  await writeSafetensors(path.join(directory, 'model.safetensors'), entries)
}

function parameterAt(parameters: ReadonlyMap<string, Parameter>, name: string): Parameter {
  const parameter = parameters.get(name)
  if (parameter === undefined) {
    throw new MedtuneError(
      'UNSUPPORTED_MODEL',
      `${name} must be dense to be written; it is held in 4 bits. Load the model without quantization.`,
    )
  }
  return parameter
}
