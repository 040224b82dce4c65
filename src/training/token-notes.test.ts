import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { useBackend } from '../tensors/backend.js'
import { openCheckpoint } from '../tensors/safetensors-checkpoint.js'
import { repositoryRoot } from '../test-data.fixture.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import {
  type EmbeddingRows,
  embeddingRowsIn,
  embeddingRowsOf,
  missingMarkerNotes,
  untrainedTokenNotes,
} from './token-notes.js'

let tokenizer: Tokenizer
beforeAll(async () => {
  tokenizer = await loadTokenizer(path.join(repositoryRoot, 'data/reference/tokenizers/byte-level'))
})

const width = 8

/** An embedding with every row different, but for those given. */
function embedding(vocabSize: number, rows: Record<number, number[]>): EmbeddingRows {
  return {
    vocabSize,
    read: async (ids) =>
      Float32Array.from(
        ids.flatMap((id) => rows[id] ?? Array.from({ length: width }, (_, i) => Math.sin(id * 7 + i))),
      ),
  }
}
const flat = (value: number): number[] => new Array(width).fill(value)
const row = (...inputIds: number[]) => ({ inputIds, labels: inputIds })

describe('untrained tokens', () => {
  const notes = (rows: Record<number, number[]>, ...ids: number[]) =>
    untrainedTokenNotes(embedding(tokenizer.vocabSize, rows), tokenizer, [row(...ids)])

  test('are told where the rows hold them, by name', async () => {
    const eos = tokenizer.eosTokenId ?? -1
    expect(await notes({ [eos]: flat(0) }, 40, eos)).toEqual([
      expect.stringMatching(
        /^The rows hold <\/s>, which the base model never trained: its embedding is near zero/,
      ),
    ])
    expect(await notes({ [eos]: flat(1e-4) }, 40, eos)).toHaveLength(1)
    expect(await notes({ [eos]: flat(0) }, 40)).toEqual([])
    expect(await notes({}, 40, eos)).toEqual([])
  })

  test('are those that are alike, too, of which the rows may hold only one', async () => {
    const [eos, pad] = [tokenizer.eosTokenId ?? -1, tokenizer.padTokenId]
    expect(await notes({ [eos]: flat(0.7), [pad]: flat(0.7) }, 40, eos)).toHaveLength(1)
    expect(await notes({ [eos]: flat(0.7), 41: flat(0.7) }, 40, eos)).toEqual([])
  })

  test('are not looked for in an embedding that is trained, or without a tokenizer', async () => {
    expect(await untrainedTokenNotes(undefined, tokenizer, [row(1)])).toEqual([])
    expect(await untrainedTokenNotes(embedding(10, { 1: flat(0) }), undefined, [row(1)])).toEqual([])
  })

  test('an embedding with fewer rows than the tokenizer has ids is no failure', async () => {
    expect(await untrainedTokenNotes(embedding(1, {}), tokenizer, [row(1, 2)])).toEqual([])
  })
})

test('markers that are no tokens are told with what they become', () => {
  expect(missingMarkerNotes(tokenizer, ['</s>'])).toEqual([])
  expect(missingMarkerNotes(tokenizer)).toEqual([])
  const pieces = tokenizer.encode('<|im_end|>', { addSpecialTokens: false }).length
  expect(missingMarkerNotes(tokenizer, ['<s>', '<|im_end|>'])).toEqual([
    expect.stringMatching(
      new RegExp(
        `^The prompt template's <\\|im_end\\|> is no token of this model and become ${pieces} pieces`,
      ),
    ),
  ])
})

test('the rows of a loaded model are those of its checkpoint; an embedding that is trained has none', async () => {
  const folder = path.join(repositoryRoot, 'data/models/tiny')
  await useBackend('cpu')
  const model = await loadCausalLM(folder)
  const checkpoint = await openCheckpoint(folder)
  try {
    applyLora(model, { r: 2 })
    const [loaded, stored] = [embeddingRowsOf(model), await embeddingRowsIn(checkpoint)]
    expect(loaded?.vocabSize).toBe(stored?.vocabSize)
    const ids = [5, 0, 5, (stored?.vocabSize ?? 0) - 1]
    expect(await loaded?.read(ids)).toEqual(await stored?.read(ids))
  } finally {
    model.dispose()
    await checkpoint.close()
  }
  const newModel = await createCausalLM(tinyConfig, { seed: 5 })
  expect(embeddingRowsOf(newModel)).toBeUndefined()
  newModel.dispose()
})
