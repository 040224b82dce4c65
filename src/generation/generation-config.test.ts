import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  defaultGenerationConfig,
  type GenerationOptions,
  readGenerationConfig,
  resolveGenerationConfig,
} from './generation-config.js'

describe('resolving', () => {
  test('options come before the model, the model before the defaults', () => {
    const config = resolveGenerationConfig(
      { topK: 5, topP: undefined },
      { topK: 9, topP: 0.8, eosTokenId: 2 },
    )
    expect(config).toEqual({ ...defaultGenerationConfig, topK: 5, topP: 0.8, eosTokenId: [2] })
  })

  test.each([
    [{ maxNewTokens: 0 }, /maxNewTokens must be an integer of at least 1; got 0/],
    [{ temperature: -1 }, /temperature must be a number/],
    [{ temperature: Number.NaN }, /temperature must be a number/],
    [{ doSample: true, temperature: 0 }, /temperature must be above 0 to sample/],
    [{ topK: 1.5 }, /topK must be an integer/],
    [{ topP: 1.1 }, /topP must be a number from 0 to 1/],
    [{ repetitionPenalty: 0 }, /repetitionPenalty must be a number above 0/],
    [{ eosTokenId: [-1] }, /eosTokenId must be token ids/],
    [{ seed: 0.5 }, /seed must be/],
    [{ max_new_tokens: 3 } as GenerationOptions, /max_new_tokens is no generation option/],
  ])('%o is refused', (options, message) => {
    expect(() => resolveGenerationConfig(options)).toThrow(message)
  })
})

describe('generation_config.json', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'generation-config-'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const write = (text: string): Promise<void> => writeFile(path.join(folder, 'generation_config.json'), text)

  test('is read under its own names; others and null are passed over', async () => {
    await write(
      JSON.stringify({
        do_sample: true,
        temperature: 0.6,
        top_p: 0.9,
        eos_token_id: [128001, 128009],
        top_k: null,
        x: 1,
      }),
    )
    expect(await readGenerationConfig(folder)).toEqual({
      doSample: true,
      temperature: 0.6,
      topP: 0.9,
      eosTokenId: [128001, 128009],
    })
  })

  test('may be absent', async () => {
    expect(await readGenerationConfig(folder)).toEqual({})
  })

  test.each([
    ['', /must be JSON/],
    ['{"top_k": 5', /must be JSON/],
    ['[]', /must be a JSON object/],
    ['{"top_k": "5"}', /top_k must be an integer/],
    ['{"eos_token_id": "</s>"}', /eos_token_id must be token ids/],
    ['{"temperature": -2}', /temperature must be/],
  ])('%s is refused', async (text, message) => {
    await write(text)
    await expect(readGenerationConfig(folder)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    await expect(readGenerationConfig(folder)).rejects.toThrow(message)
  })
})
