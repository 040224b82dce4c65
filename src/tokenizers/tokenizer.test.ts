import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { repositoryRoot, testData } from '../test-data.fixture.js'
import { encodeChat } from './encode-chat.js'
import { loadTokenizer } from './load-tokenizer.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tokenizer-'))
  await cp(path.join(repositoryRoot, 'data/reference/tokenizers/byte-level'), folder, { recursive: true })
})
afterEach(() => rm(folder, { recursive: true }))

async function configure(changes: Record<string, unknown>): Promise<void> {
  const file = path.join(folder, 'tokenizer_config.json')
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...changes }))
}

describe('Tokenizer', () => {
  test('knows its special tokens, size and files', async () => {
    const tokenizer = await loadTokenizer(folder)
    expect(tokenizer).toMatchObject({
      bosTokenId: 0,
      eosTokenId: 1,
      padTokenId: 2,
      vocabSize: 400,
      addsBos: true,
      addsEos: false,
    })
    expect(tokenizer.tokenToId('</s>')).toBe(1)
    expect(tokenizer.idToToken(1)).toBe('</s>')
    expect(tokenizer.idToToken(4000)).toBeUndefined()
    expect(tokenizer.isSpecialTokenId(2)).toBe(true)
    expect(tokenizer.isSpecialTokenId(50)).toBe(false)
    expect(tokenizer.files.map((file) => path.basename(file))).toEqual([
      'tokenizer.json',
      'tokenizer_config.json',
    ])
  })

  test('gives no text for ids without token, nor for none', async () => {
    const tokenizer = await loadTokenizer(folder)
    const ids = tokenizer.encode('ação', { addSpecialTokens: false })
    expect(tokenizer.decode([...ids, 4000, 99_999])).toBe('ação')
    expect(tokenizer.decode([])).toBe('')
    expect(tokenizer.decode([0, 1], { skipSpecialTokens: true })).toBe('')
  })

  test('adds BOS and EOS as tokenizer_config.json says, before what tokenizer.json says', async () => {
    await configure({ add_bos_token: false, add_eos_token: true })
    const tokenizer = await loadTokenizer(folder)
    expect(tokenizer.addsBos).toBe(false)
    expect(tokenizer.addsEos).toBe(true)
    expect(tokenizer.encode('a').at(-1)).toBe(1)
  })

  test('never pads with EOS', async () => {
    await configure({ pad_token: '</s>' })
    expect((await loadTokenizer(folder)).padTokenId).toBe(2)
  })

  test('takes special tokens from special_tokens_map.json when the configuration names none', async () => {
    await writeFile(path.join(folder, 'tokenizer_config.json'), '{}')
    await writeFile(
      path.join(folder, 'special_tokens_map.json'),
      JSON.stringify({ eos_token: { content: '</s>' } }),
    )
    const tokenizer = await loadTokenizer(folder)
    expect(tokenizer.eosTokenId).toBe(1)
    expect(tokenizer.bosTokenId).toBeUndefined()
    expect(tokenizer.chatTemplate).toBeUndefined()
    expect(() => encodeChat(tokenizer, [{ role: 'user', content: 'x' }])).toThrow(/must have a chat template/)
  })

  test('loads without tokenizer_config.json', async () => {
    await rm(path.join(folder, 'tokenizer_config.json'))
    const tokenizer = await loadTokenizer(folder)
    expect(tokenizer.eosTokenId).toBeUndefined()
    expect(tokenizer.decode(tokenizer.encode('ok', { addSpecialTokens: false }))).toBe('ok')
  })
})

describe('chat templates', () => {
  const chat = [{ role: 'user', content: 'x' }]

  test.each([
    ['the template writes BOS', '{{ bos_token }}{{ messages[0].content }}'],
    ['the template writes BOS twice', '{{ bos_token }}{{ bos_token }}{{ messages[0].content }}'],
    ['the template writes none and the tokenizer adds it', '{{ messages[0].content }}'],
  ])('BOS is there once when %s', async (_, template) => {
    await configure({ chat_template: template })
    const tokenizer = await loadTokenizer(folder)
    expect(encodeChat(tokenizer, chat)).toEqual([0, ...tokenizer.encode('x', { addSpecialTokens: false })])
  })

  test('no BOS is added where the tokenizer adds none', async () => {
    await configure({ chat_template: '{{ messages[0].content }}', add_bos_token: false })
    const tokenizer = await loadTokenizer(folder)
    expect(encodeChat(tokenizer, chat)).toEqual(tokenizer.encode('x'))
  })

  test('the file chat_template.jinja comes first, then the template named default', async () => {
    const list = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: 'listed' },
    ]
    await configure({ chat_template: list })
    expect((await loadTokenizer(folder)).chatTemplate?.render(chat)).toBe('listed')
    await writeFile(path.join(folder, 'chat_template.jinja'), 'own file')
    const tokenizer = await loadTokenizer(folder)
    expect(tokenizer.chatTemplate?.render(chat)).toBe('own file')
    expect(tokenizer.files.map((file) => path.basename(file))).toContain('chat_template.jinja')
  })

  test('variables reach the template; a refusal names the roles and nothing of the text', async () => {
    await configure({
      chat_template: '{% if strict %}{{ raise_exception(messages[0].content) }}{% endif %}ok',
    })
    const { chatTemplate } = await loadTokenizer(folder)
    expect(chatTemplate?.render(chat)).toBe('ok')
    const secret = [{ role: 'tool', content: 'CANARY-7' }]
    const refuse = (): unknown => chatTemplate?.render(secret, { variables: { strict: true } })
    expect(refuse).toThrow(/refuses the roles tool/)
    try {
      refuse()
    } catch (error) {
      expect(`${error} ${(error as Error).cause}`).not.toContain('CANARY-7')
    }
  })
})

const phi3 = testData('tokenizers/phi-3-mini')
test.skipIf(phi3 === undefined)(
  'a real tokenizer whose pad token is EOS pads with a placeholder',
  async () => {
    const tokenizer = await loadTokenizer(phi3 ?? '')
    expect(tokenizer.eosTokenId).toBe(32000)
    expect(tokenizer.idToToken(tokenizer.padTokenId)).toBe('<|placeholder1|>')
    expect(encodeChat(tokenizer, [{ role: 'user', content: 'hi' }], { addGenerationPrompt: true })).toEqual([
      32010, 7251, 32007, 32001,
    ])
  },
)
