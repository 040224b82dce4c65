import { mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { writeSafetensors } from '../tensors/safetensors-writer.js'
import type { CausalLM } from './causal-lm.js'
import { rowsToCheckpoint } from './layers/row-order.js'
import { interpretConfig } from './model-folder.js'

export interface SaveOptions {
  /** Element type on disk. Default float32. */
  readonly dtype?: 'float32' | 'bfloat16' | 'float16'
}

const storageDtypes = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' } as const

/**
 * Writes a whole model in Hugging Face layout: config.json and model.safetensors, under the checkpoint's names and in its
 * row order. The tokenizer's files are the caller's to add.
 *
 * @throws INVALID_ARGUMENT when the model carries an adapter, FILE_UNWRITABLE
 */
export async function saveCausalLM(
  model: CausalLM,
  directory: string,
  options: SaveOptions = {},
): Promise<void> {
  const { dtype = 'float32' } = options
  const { architecture, config } = interpretConfig('config', model.config.json)
  const values = new Map(model.parameters().map((parameter) => [parameter.path, parameter.value]))
  const specs = architecture.weightSpecs(config)
  if (specs.length !== values.size) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'the model must have no adapter to be saved whole; it has one. Call mergeLora first, or saveAdapter.',
    )
  }
  const entries = specs.map(({ path: name, shape, rowOrder }) => ({
    name,
    dtype: storageDtypes[dtype],
    shape,
    data: async () => {
      const value = values.get(name)
      if (value === undefined) throw new MedtuneError('INTERNAL', `the model has no weight ${name}.`)
      return rowsToCheckpoint(await model.ops.read(value), shape[0] ?? 0, rowOrder)
    },
  }))
  // `torch_dtype` is what transformers 4 reads and 5 still accepts.
  const json = { ...model.config.json, torch_dtype: dtype }
  await writeConfig(directory, `${JSON.stringify(json, null, 2)}\n`)
  await writeSafetensors(path.join(directory, 'model.safetensors'), entries)
}

async function writeConfig(directory: string, text: string): Promise<void> {
  const file = path.join(directory, 'config.json')
  try {
    await mkdir(directory, { recursive: true })
    await writeFile(`${file}.partial`, text)
    await rename(`${file}.partial`, file)
  } catch (cause) {
    throw new MedtuneError(
      'FILE_UNWRITABLE',
      `${file} must be writable. Check the folder's permissions and free disk space.`,
      { cause },
    )
  }
}
