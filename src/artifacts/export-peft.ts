import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomically } from '../atomic-file.js'
import { MedtuneError } from '../errors.js'
import { adapterConfigFile, adapterWeightsFile } from '../lora/adapter-names.js'
import { openAdapterTensors } from './adapter-tensors.js'
import { openBaseWeights } from './base-weights.js'

const optionalFiles = ['README.md', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json']

export interface ExportPeftOptions {
  /** Folder of the model that the adapter was trained on, for names and shapes. */
  readonly base: string
  /** A run's folder, or PEFT's. */
  readonly adapter: string
  /** Another folder. */
  readonly outputDir: string
}

/**
 * Copies an adapter, as PEFT reads it, out of a run's folder, after checking every tensor against the base: PEFT itself
 * only warns about names that do not fit, and leaves an untrained adapter.
 *
 * @throws INVALID_ADAPTER, FILE_UNWRITABLE; as `openBaseWeights`
 */
export async function exportPeft(options: ExportPeftOptions): Promise<void> {
  const { adapter, outputDir } = options
  if (path.resolve(adapter) === path.resolve(outputDir)) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `The copy must go elsewhere; got ${outputDir}, the adapter itself. Choose another folder.`,
    )
  }
  const base = await openBaseWeights(options.base)
  try {
    await (await openAdapterTensors(adapter, base.specs)).close()
  } finally {
    await base.weights.close()
  }
  for (const name of [adapterWeightsFile, adapterConfigFile, ...optionalFiles]) {
    const content = await readFile(path.join(adapter, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && optionalFiles.includes(name)) return undefined
      throw error
    })
    if (content !== undefined) await writeFileAtomically(path.join(outputDir, name), content)
  }
}
