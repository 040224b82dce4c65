import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Random } from '../tensors/random.js'
import { oraclePython, testData } from '../test-data.fixture.js'
import { trainByteLevelBpe } from './byte-level-bpe-trainer.js'
import { loadTokenizer } from './load-tokenizer.js'

const phi3 = testData('tokenizers/phi-3-mini')
const stories = testData('models/stories260K')
const pubmedqa = testData('data/ori_pqal.json')
const trained = mkdtempSync(path.join(tmpdir(), 'trained-tokenizer-'))
afterAll(() => rmSync(trained, { recursive: true }))

const script = `
import json, sys
from tokenizers import Tokenizer
job = json.load(sys.stdin)
tokenizer = Tokenizer.from_file(job["file"])
tokenizer.no_truncation()
print(json.dumps({
  "size": tokenizer.get_vocab_size(),
  "encoded": [tokenizer.encode(text).ids for text in job["texts"]],
  "plain": [tokenizer.encode(text, add_special_tokens=False).ids for text in job["texts"]],
  "decoded": [tokenizer.decode(ids, skip_special_tokens=False) for ids in job["ids"]],
}))`

interface Answer {
  size: number
  encoded: number[][]
  plain: number[][]
  decoded: string[]
}

function python(directory: string, texts: string[], ids: number[][]): Answer {
  const input = JSON.stringify({ file: path.join(directory, 'tokenizer.json'), texts, ids })
  const output = execFileSync(oraclePython ?? '', ['-c', script], { input, maxBuffer: 2 ** 28 })
  return JSON.parse(output.toString())
}

function abstracts(): string[] {
  const articles: { QUESTION: string; CONTEXTS: string[] }[] = Object.values(
    JSON.parse(readFileSync(pubmedqa ?? '', 'utf8')),
  )
  return articles.map(({ QUESTION, CONTEXTS }) => `${CONTEXTS.join(' ')}\n${QUESTION}`)
}

/** Text of every script, blanks, signs and broken order; no contents of the project's data. */
function randomTexts(count: number): string[] {
  const random = new Random(3)
  const parts = [
    'a',
    'Tr',
    'ção',
    ' ',
    '  ',
    '\n',
    '\t',
    '7',
    '42',
    '.',
    '…',
    '漢',
    'я',
    '🙂',
    'e\u0301',
    '<s>',
    '▁',
    '\u00a0',
    "'s",
    '{',
  ]
  return Array.from({ length: count }, () =>
    Array.from({ length: random.integer(20) }, () => parts[random.integer(parts.length)]).join(''),
  )
}

async function compare(directory: string, texts: string[]): Promise<void> {
  const tokenizer = await loadTokenizer(directory)
  const random = new Random(4)
  const noise = Array.from({ length: 200 }, () =>
    Array.from({ length: 12 }, () => random.integer(tokenizer.vocabSize)),
  )
  const expected = python(directory, texts, noise)
  expect(tokenizer.vocabSize).toBe(expected.size)
  // Counted, not compared as a whole: a failure must not print the texts.
  const differing = texts.filter(
    (text, i) =>
      String(tokenizer.encode(text)) !== String(expected.encoded[i]) ||
      String(tokenizer.encode(text, { addSpecialTokens: false })) !== String(expected.plain[i]),
  )
  expect(differing.length).toBe(0)
  expect(noise.map((ids) => tokenizer.decode(ids))).toEqual(expected.decoded)
  for (const ids of noise.slice(0, 20))
    expect(tokenizer.decode(tokenizer.encode(tokenizer.decode(ids)))).toBeTypeOf('string')
}

describe.skipIf(oraclePython === undefined)('the same ids as Python tokenizers', () => {
  test.skipIf(stories === undefined)('stories260K', () => compare(stories ?? '', randomTexts(500)))
  test.skipIf(phi3 === undefined)('phi-3-mini', () => compare(phi3 ?? '', randomTexts(500)))
  test.skipIf(phi3 === undefined || pubmedqa === undefined)('phi-3-mini on real abstracts', () =>
    compare(phi3 ?? '', abstracts().slice(0, 100)),
  )

  test.skipIf(phi3 === undefined)('the chat of phi-3-mini reads as transformers renders it', async () => {
    const chat = [
      { role: 'system', content: 'Answer briefly.' },
      { role: 'user', content: ' É eficaz?\n' },
      { role: 'assistant', content: 'Sim.' },
      { role: 'user', content: 'Why?' },
    ]
    const script = `
import json, sys
from transformers import AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(${JSON.stringify(phi3)})
chat = json.load(sys.stdin)
print(json.dumps([tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=flag) for flag in (True, False)]))`
    const output = execFileSync(oraclePython ?? '', ['-c', script], { input: JSON.stringify(chat) })
    const { chatTemplate } = await loadTokenizer(phi3 ?? '')
    const rendered = [true, false].map((flag) => chatTemplate?.render(chat, { addGenerationPrompt: flag }))
    expect(rendered).toEqual(JSON.parse(output.toString()))
  })

  test.skipIf(pubmedqa === undefined)(
    'a tokenizer trained on real abstracts loads in Python and in ours',
    async () => {
      const { tokenizerJson, tokenizerConfig } = trainByteLevelBpe(abstracts(), {
        vocabSize: 3000,
        specialTokens: ['<s>', '</s>', '<pad>'],
        bosToken: '<s>',
        eosToken: '</s>',
        padToken: '<pad>',
        addBos: true,
      })
      writeFileSync(path.join(trained, 'tokenizer.json'), JSON.stringify(tokenizerJson))
      writeFileSync(path.join(trained, 'tokenizer_config.json'), JSON.stringify(tokenizerConfig))
      const texts = [...abstracts().slice(0, 300), ...randomTexts(300)]
      await compare(trained, texts)
      const tokenizer = await loadTokenizer(trained)
      expect(tokenizer.addsBos).toBe(true)
      expect(
        abstracts().every(
          (text) => tokenizer.decode(tokenizer.encode(text), { skipSpecialTokens: true }) === text,
        ),
      ).toBe(true)
    },
  )
})
