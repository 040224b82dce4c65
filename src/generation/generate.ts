import { setImmediate as nextTurn } from 'node:timers/promises'
import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import {
  type GenerationConfig,
  type GenerationOptions,
  readGenerationConfig,
  resolveGenerationConfig,
} from './generation-config.js'
import { createLogitsProcessors } from './logits-processors/index.js'
import { createSampler } from './samplers/index.js'

/** Receives generated ids as they come, the one that ends the answer included. `TextStreamer` is one. */
export interface TokenStreamer {
  put(id: number): void
  end(): void
}

export type GenerateOptions = GenerationOptions & {
  readonly streamer?: TokenStreamer | undefined
  /** Stops before the next token with an INTERRUPTED error. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Continues a row of tokens, one at a time, with a key/value cache. Options left out come from the model's
 * generation_config.json, then from its config.json, then from the defaults.
 *
 * @param ids the prompt, at least one token
 * @returns the new ids only, with the end-of-sequence token if one ended the answer
 * @throws INVALID_ARGUMENT, INTERRUPTED, OUT_OF_MEMORY
 */
export async function generate(
  model: CausalLM,
  ids: readonly number[],
  options: GenerateOptions = {},
): Promise<number[]> {
  const { streamer, signal, ...given } = options
  const config = await configFor(model, given)
  const cache = model.createCache()
  const generated: number[] = []
  try {
    for await (const id of continuation(model, ids, config, cache)) {
      throwIfAborted(signal)
      generated.push(id)
      streamer?.put(id)
      if (generated.length === config.maxNewTokens || config.eosTokenId.includes(id)) break
    }
  } finally {
    cache.dispose()
    streamer?.end()
  }
  return generated
}

async function configFor(model: CausalLM, options: GenerationOptions): Promise<GenerationConfig> {
  const ofModel = await readGenerationConfig(model.nameOrPath)
  return resolveGenerationConfig(options, { eosTokenId: model.config.eosTokenIds, ...ofModel })
}

/** Endless: the caller stops it. The last token asked for is never fed back into the model. */
async function* continuation(
  model: CausalLM,
  prompt: readonly number[],
  config: GenerationConfig,
  cache: ReturnType<CausalLM['createCache']>,
): AsyncGenerator<number> {
  const processors = createLogitsProcessors(config)
  const sample = createSampler(config)
  const ids = [...prompt]
  let next: readonly number[] = prompt
  for (;;) {
    const logits = await model.decode(next, cache)
    for (const process of processors) process(logits, ids)
    const id = sample(logits)
    ids.push(id)
    next = [id]
    // A backend that computes synchronously would otherwise keep signals and timers waiting until the last token.
    await nextTurn()
    yield id
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new MedtuneError('INTERRUPTED', 'Generation was stopped before the answer was complete.')
  }
}
