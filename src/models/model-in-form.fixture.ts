import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CausalLM } from './causal-lm.js'
import { createCausalLM } from './create-causal-lm.js'
import { type LoadOptions, loadCausalLM } from './load-causal-lm.js'
import { type SaveOptions, saveCausalLM } from './save-causal-lm.js'

/** What `config.json` says, the seed of the weights, and the dtype that they are rounded to on disk. */
export interface ModelOfSeed extends SaveOptions {
  readonly config: Readonly<Record<string, unknown>>
  readonly seed: number
}

/** A frozen model with the weights of a seed, loaded from a folder in the form that the options ask for. */
export async function loadModelOfSeed(
  { config, seed, ...saveOptions }: ModelOfSeed,
  options: LoadOptions,
): Promise<CausalLM> {
  const folder = await mkdtemp(path.join(tmpdir(), 'medtune-form-'))
  try {
    const created = await createCausalLM(config, {
      seed,
      ...(options.backend === undefined ? {} : { backend: options.backend }),
    })
    await saveCausalLM(created, folder, saveOptions)
    created.dispose()
    return await loadCausalLM(folder, options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
