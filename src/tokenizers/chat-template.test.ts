import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { encodeChat, encodeChatWithMask } from './encode-chat.js'
import { encodePrompt } from './encode-prompt.js'
import { loadTokenizer } from './load-tokenizer.js'
import type { Tokenizer } from './tokenizer.js'

const root = mkdtempSync(path.join(tmpdir(), 'medtune-chat-template-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** The byte-level reference tokenizer with another configuration, and files beside it. */
function load(config: object, files: Record<string, string> = {}): Promise<Tokenizer> {
  const folder = mkdtempSync(path.join(root, 'model-'))
  const source = path.join(repositoryRoot, 'data/reference/tokenizers/byte-level')
  cpSync(path.join(source, 'tokenizer.json'), path.join(folder, 'tokenizer.json'))
  const { chat_template: _, ...own } = JSON.parse(
    readFileSync(path.join(source, 'tokenizer_config.json'), 'utf8'),
  )
  writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify({ ...own, ...config }))
  mkdirSync(path.join(folder, 'additional_chat_templates'))
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  return loadTokenizer(folder)
}

const messages = [
  { role: 'user', content: 'Why?' },
  { role: 'assistant', content: 'So.' },
]

describe('where a template comes from', () => {
  const list = [
    { name: 'default', template: 'of the list' },
    { name: 'tool_use', template: 'tools {{ tools | length }}' },
  ]

  test('a list of named templates: tools choose tool_use, a name chooses itself', async () => {
    const { chatTemplate } = await load({ chat_template: list })
    expect(chatTemplate?.names).toEqual(['default', 'tool_use'])
    expect(chatTemplate?.render(messages)).toBe('of the list')
    expect(chatTemplate?.render(messages, { variables: { tools: [1, 2] } })).toBe('tools 2')
    expect(chatTemplate?.render(messages, { name: 'tool_use', variables: { tools: [] } })).toBe('tools 0')
    expect(() => chatTemplate?.render(messages, { name: 'rag' })).toThrow(/one of default, tool_use; got rag/)
  })

  test('files of their own take the place of the field', async () => {
    const { chatTemplate, files } = await load(
      { chat_template: list },
      { 'chat_template.jinja': 'of the file', 'additional_chat_templates/rag.jinja': 'rag' },
    )
    expect(chatTemplate?.names).toEqual(['default', 'rag'])
    expect(chatTemplate?.render(messages)).toBe('of the file')
    expect(chatTemplate?.render(messages, { name: 'rag' })).toBe('rag')
    expect(files.map((file) => path.basename(file))).toContain('rag.jinja')
  })

  test('without a default among the files, the field is it', async () => {
    const { chatTemplate } = await load(
      { chat_template: 'of the field' },
      { 'additional_chat_templates/rag.jinja': 'rag' },
    )
    expect(chatTemplate?.render(messages)).toBe('of the field')
  })

  test('templates without a default must be named; a single one serves', async () => {
    const several = await load({
      chat_template: [
        { ...list[0], name: 'a' },
        { ...list[0], name: 'b' },
      ],
    })
    expect(() => several.chatTemplate?.render(messages)).toThrow(/one of a, b; got default/)
    const single = await load({ chat_template: [{ ...list[0], name: 'a' }] })
    expect(single.chatTemplate?.render(messages)).toBe('of the list')
  })

  test('what is no Jinja is refused by its name', async () => {
    const broken = load({ chat_template: list }, { 'additional_chat_templates/bad.jinja': '{% for %}' })
    await expect(broken).rejects.toThrow(
      expect.objectContaining({
        code: 'INVALID_TOKENIZER',
        message: expect.stringContaining('template bad must be valid'),
      }),
    )
  })

  test('tools and documents are none, unset tokens undefined, as in transformers', async () => {
    const source = '{{ tools is none }} {{ documents is none }} {{ unk_token is defined }} {{ bos_token }}'
    expect((await load({ chat_template: source })).chatTemplate?.render(messages)).toBe('true true false <s>')
  })
})

describe('generation blocks', () => {
  const source =
    "{% for m in messages %}{{ m.role }}:{% if m.role == 'assistant' %}\n  {% generation %}\n{{ m.content }}</s>\n  {%- endgeneration %}\n{% else %}{{ m.content }}{% endif %};{% endfor %}"

  test('are where the assistant speaks; the blanks of their tags are those of any tag', async () => {
    const { chatTemplate } = await load({ chat_template: source })
    const { text, assistantSpans } = chatTemplate?.renderWithSpans([...messages, ...messages]) ?? { text: '' }
    expect(text).toBe('user:Why?;assistant:So.</s>;user:Why?;assistant:So.</s>;')
    expect(assistantSpans?.map(([begin, end]) => text.slice(begin, end))).toEqual(['So.</s>', 'So.</s>'])
    expect(chatTemplate?.render(messages)).not.toMatch(/[\uE000-\uE002]/)
  })

  test('are told apart from whatever a conversation holds', async () => {
    const { chatTemplate } = await load({ chat_template: source })
    const odd = [{ role: 'assistant', content: '\uE000\uE001\uE000\uE000\uE002' }]
    const { text, assistantSpans } = chatTemplate?.renderWithSpans(odd) ?? { text: '' }
    expect(text).toBe(`assistant:${odd[0]?.content}</s>;`)
    expect(assistantSpans).toEqual([[10, 10 + 5 + 4]])
  })

  test('become a mask over the ids, BOS in front included', async () => {
    const tokenizer = await load({ chat_template: source })
    const { ids, assistantMask } = encodeChatWithMask(tokenizer, messages)
    expect(ids).toEqual(encodeChat(tokenizer, messages))
    expect(ids[0]).toBe(tokenizer.bosTokenId)
    expect(tokenizer.decode(ids.filter((_, t) => assistantMask?.[t] === true))).toBe('So.</s>')
    const plain = await load({ chat_template: '{{ messages[0].content }}' })
    expect(encodeChatWithMask(plain, messages).assistantMask).toBeUndefined()
  })
})

test('a prompt begins with BOS once, whatever its template wrote, and never ends with EOS', async () => {
  for (const config of [{}, { add_bos_token: true, add_eos_token: true }]) {
    const tokenizer = await load(config)
    for (const begin of ['', '<s>', '<s><s><s>']) {
      const ids = encodePrompt(tokenizer, `${begin}Why?`)
      expect(ids.filter((id) => id === tokenizer.bosTokenId)).toEqual([ids[0]])
      expect(ids).not.toContain(tokenizer.eosTokenId)
    }
  }
})
