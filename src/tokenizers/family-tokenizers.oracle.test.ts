import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../tensors/random.js'
import { oraclePython, repositoryRoot } from '../test-data.fixture.js'
import type { ChatMessage, ChatTemplateOptions } from './chat-template.js'
import { encodeChatWithMask } from './encode-chat.js'
import { encodePrompt } from './encode-prompt.js'
import { loadTokenizer } from './load-tokenizer.js'
import { multilingualTexts } from './multilingual-texts.fixture.js'

const families = [
  'llama3',
  'qwen2',
  'qwen3',
  'gpt2',
  'phi4-mini',
  'mistral-nemo',
  'llama2',
  'mistral',
  'phi3',
  'gemma',
]

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
const after = (first: object): object => ({
  pre_tokenizer: { type: 'Sequence', pretokenizers: [first, byteLevel] },
})
const normalized = (...types: string[]): object => ({
  normalizer: { type: 'Sequence', normalizers: types.map((type) => ({ type })) },
})
const metaspace = (prepend_scheme: string, split: boolean): object => ({
  normalizer: null,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme, split },
})
const metaspaceDecoder = { type: 'Metaspace', replacement: '▁', split: true }
const token = (content: string, options: object): object => ({
  ...{
    content,
    special: false,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    ...options,
  },
})

/** Families with other components in the place of theirs: every component that is read occurs here or there. */
const variants: Record<string, { of: string; change: object; tokens?: object[]; ofFamily?: object }> = {
  nfd: { of: 'gpt2', change: normalized('NFD') },
  nfkc: { of: 'gpt2', change: normalized('NFKC') },
  nfkd: { of: 'gpt2', change: normalized('NFKD', 'Lowercase') },
  accents: { of: 'gpt2', change: normalized('NFD', 'StripAccents') },
  strip: { of: 'gpt2', change: { normalizer: { type: 'Strip', strip_left: true, strip_right: true } } },
  'strip-right': {
    of: 'gpt2',
    change: { normalizer: { type: 'Strip', strip_left: false, strip_right: true } },
  },
  whitespace: { of: 'gpt2', change: after({ type: 'Whitespace' }) },
  'whitespace-split': { of: 'gpt2', change: after({ type: 'WhitespaceSplit' }) },
  digits: { of: 'gpt2', change: after({ type: 'Digits', individual_digits: true }) },
  'digits-together': { of: 'gpt2', change: after({ type: 'Digits', individual_digits: false }) },
  removed: {
    of: 'gpt2',
    change: after({ type: 'Split', pattern: { String: 'a' }, behavior: 'Removed', invert: false }),
  },
  'removed-between': {
    of: 'gpt2',
    change: after({ type: 'Split', pattern: { Regex: '[a-z]+|\\p{L}' }, behavior: 'Removed', invert: true }),
  },
  'prefix-space': {
    of: 'gpt2',
    change: { pre_tokenizer: { ...byteLevel, add_prefix_space: true, use_regex: true } },
  },
  'metaspace-always': { of: 'llama2', change: metaspace('always', true) },
  'metaspace-first': { of: 'llama2', change: metaspace('first', true) },
  'metaspace-never': { of: 'llama2', change: metaspace('never', false) },
  'metaspace-decoder': {
    of: 'llama2',
    change: { decoder: { ...metaspaceDecoder, prepend_scheme: 'always' } },
  },
  'metaspace-decoder-never': {
    of: 'llama2',
    change: { decoder: { ...metaspaceDecoder, prepend_scheme: 'never' } },
  },
  'decoder-ends': {
    of: 'llama2',
    change: {
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { Regex: '▁+' }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 2, stop: 1 },
        ],
      },
    },
  },
  'token-blanks': {
    of: 'gpt2',
    change: {},
    tokens: [
      token('[INST]', { lstrip: true }),
      token('▁', { lstrip: true, rstrip: true }),
      token('<s>', { rstrip: true }),
    ],
  },
  // As in older files of LLaMA: special tokens with the normalizer's blank before them.
  'token-normalized': { of: 'llama2', change: {}, ofFamily: { normalized: true } },
  'token-words': {
    of: 'gpt2',
    change: normalized('Lowercase'),
    tokens: [
      token('patient', { single_word: true }),
      token('HTTP', { normalized: true }),
      token('!!', {}),
      token('!!!', {}),
    ],
  },
}

function writeVariant(folder: string, name: string): void {
  const { of, change, tokens = [], ofFamily = {} } = variants[name] ?? { of: 'gpt2', change: {} }
  const json = JSON.parse(readFileSync(path.join(folder, of, 'tokenizer.json'), 'utf8'))
  const free = Math.max(
    ...Object.values<number>(json.model.vocab),
    ...json.added_tokens.map(({ id }: { id: number }) => id),
  )
  const own = json.added_tokens.map((added: object) => ({ ...added, ...ofFamily }))
  const added_tokens = [...own, ...tokens.map((added, i) => ({ id: free + 1 + i, ...added }))]
  mkdirSync(path.join(folder, name))
  writeFileSync(
    path.join(folder, name, 'tokenizer.json'),
    JSON.stringify({ ...json, ...change, added_tokens }),
  )
}

const script = `
import json, sys
from tokenizers import Tokenizer
from transformers import AutoTokenizer
job = json.load(sys.stdin)
def read(name):
    tokenizer = Tokenizer.from_file(f"{job['folder']}/{name}/tokenizer.json")
    size = tokenizer.get_vocab_size()
    noise = [[(row * 7919 + column * 104729) % size for column in range(16)] for row in range(1200)]
    texts = job["texts"]
    chats = job["chats"] if name in job["families"] else []
    hugging_face = AutoTokenizer.from_pretrained(f"{job['folder']}/{name}") if chats else None
    def chat(case):
        options = {**case["variables"], "add_generation_prompt": case["addGenerationPrompt"]}
        try:
            text = hugging_face.apply_chat_template(case["messages"], tokenize=False, **options)
        except Exception:
            return {"text": None}
        encoded = hugging_face.apply_chat_template(
            case["messages"], return_dict=True, return_assistant_tokens_mask=True, **options)
        return {"text": text, "ids": encoded["input_ids"], "mask": encoded["assistant_masks"]}
    encoded = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]
    return {
        "size": size,
        "encoded": encoded,
        "decoded": tokenizer.decode_batch(encoded, skip_special_tokens=False),
        "noise": [{"ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=False)} for ids in noise],
        "chats": [chat(case) for case in chats],
    }
print(json.dumps({name: read(name) for name in job["families"] + job["variants"]}))`

interface ChatCase {
  messages: ChatMessage[]
  addGenerationPrompt: boolean
  variables: Record<string, unknown>
}
interface Answer {
  size: number
  encoded: number[][]
  decoded: string[]
  noise: { ids: number[]; text: string }[]
  chats: ({ text: null } | { text: string; ids: number[]; mask: number[] })[]
}

const texts = multilingualTexts(3000)
const chats = chatCases()

/** Conversations in every order of roles up to four turns, with and without a system message. */
function chatCases(): ChatCase[] {
  const random = new Random(9)
  const words = [
    'Did pain fall',
    'É eficaz',
    'Sim.',
    ' padded ',
    'a\n\nb',
    '漢字',
    '<think>\nwhy\n</think>\n\nyes',
    "it's 7 mg",
  ]
  const sentence = (): string =>
    Array.from({ length: 1 + random.integer(3) }, () => words[random.integer(words.length)]).join(' ')
  // A blank at the start of an answer may be the marker's before it (rstrip), which transformers then counts as the answer.
  const content = (role: string): string => (role === 'assistant' ? sentence().trimStart() : sentence())
  const orders = [
    ['user'],
    ['system', 'user'],
    ['user', 'assistant'],
    ['system', 'user', 'assistant'],
    ['user', 'assistant', 'user'],
    ['system', 'user', 'assistant', 'user', 'assistant'],
    ['user', 'assistant', 'user', 'assistant', 'user'],
    ['user', 'user'],
    ['assistant', 'user'],
  ]
  const tools = [
    { type: 'function', function: { name: 'dose', description: 'ç', parameters: { type: 'object' } } },
  ]
  return Array.from({ length: 12 }).flatMap((_, round) =>
    orders.map((roles) => ({
      messages: roles.map((role) => ({ role, content: content(role) })),
      addGenerationPrompt: round % 2 === 0,
      variables: round === 10 ? { tools } : round === 11 ? { enable_thinking: false } : {},
    })),
  )
}

describe.skipIf(oraclePython === undefined)('the tokenizers of the families, as in Python', () => {
  let folder = ''
  let expected: Record<string, Answer>
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'medtune-families-'))
    execFileSync(oraclePython ?? '', [
      path.join(repositoryRoot, 'data/reference/make-family-tokenizers.py'),
      folder,
    ])
    for (const name of Object.keys(variants)) writeVariant(folder, name)
    const input = JSON.stringify({ folder, texts, chats, families, variants: Object.keys(variants) })
    const output = execFileSync(oraclePython ?? '', ['-c', script], {
      input,
      maxBuffer: 2 ** 30,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    expected = JSON.parse(output.toString())
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const answer = (name: string): Answer => {
    const found = expected[name]
    if (found === undefined) throw new Error(name)
    return found
  }

  test.each([...families, ...Object.keys(variants)])('%s: ids and decoded text', async (name) => {
    const tokenizer = await loadTokenizer(path.join(folder, name))
    const { size, encoded, decoded, noise } = answer(name)
    expect(tokenizer.vocabSize).toBe(size)
    const differing = texts.filter((text, i) => String(tokenizer.encode(text)) !== String(encoded[i]))
    expect(differing.slice(0, 5)).toEqual([])
    expect(encoded.map((ids) => tokenizer.decode(ids))).toEqual(decoded)
    expect(noise.map(({ ids }) => tokenizer.decode(ids))).toEqual(noise.map(({ text }) => text))
  })

  test.each(families)('%s: chats, what the assistant writes, BOS once', async (name) => {
    const tokenizer = await loadTokenizer(path.join(folder, name))
    const bos = tokenizer.bosTokenId
    for (const [index, { messages, ...options }] of chats.entries()) {
      const wanted = answer(name).chats[index]
      if (wanted === undefined || wanted.text === null) {
        expect(() => tokenizer.chatTemplate?.render(messages, options)).toThrow(/refuses the roles/)
        continue
      }
      expect(tokenizer.chatTemplate?.render(messages, options satisfies ChatTemplateOptions)).toBe(
        wanted.text,
      )
      const { ids, assistantMask } = encodeChatWithMask(tokenizer, messages, options)
      const added = ids.length - wanted.ids.length
      // transformers leaves out the BOS that a template does not write.
      expect(ids.slice(added)).toEqual(wanted.ids)
      if (assistantMask !== undefined) expect(assistantMask.map(Number).slice(added)).toEqual(wanted.mask)
      if (tokenizer.addsBos) expect([ids[0], ids[1] === bos]).toEqual([bos, false])
      expect(added).toBe(tokenizer.addsBos && wanted.ids[0] !== bos ? 1 : 0)
    }
  })

  test.each(families)('%s: BOS once whatever a text begins with; the pad is never EOS', async (name) => {
    const tokenizer = await loadTokenizer(path.join(folder, name))
    const { bosTokenId: bos, eosTokenId, addsBos, padTokenId } = tokenizer
    expect(padTokenId).not.toBe(eosTokenId)
    const token = bos === undefined ? '' : (tokenizer.idToToken(bos) ?? '')
    for (const begin of ['', token, token + token]) {
      const ids = encodePrompt(tokenizer, `${begin}Did pain fall?`)
      const wanted = bos !== undefined && (addsBos || begin !== '') ? 1 : 0
      expect(ids.filter((id) => id === bos)).toHaveLength(wanted)
      expect(ids.indexOf(bos ?? -1)).toBe(wanted - 1)
    }
  })
})
