import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { encodeChatRow } from './encode-chat-row.js'

const defaultModelDirectory = path.join(repositoryRoot, 'data/models/tiny')
const folder = mkdtempSync(path.join(tmpdir(), 'medtune-chat-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function withTemplate(template: string): Promise<Tokenizer> {
  cpSync(path.join(defaultModelDirectory, 'tokenizer.json'), path.join(folder, 'tokenizer.json'))
  const config = JSON.parse(readFileSync(path.join(defaultModelDirectory, 'tokenizer_config.json'), 'utf8'))
  writeFileSync(
    path.join(folder, 'tokenizer_config.json'),
    JSON.stringify({ ...config, chat_template: template }),
  )
  return loadTokenizer(folder)
}

const turns =
  "{% for m in messages %}[{{ m['role'] }}]\n{{ m['content'] }}[end]\n{% endfor %}{% if add_generation_prompt %}[assistant]\n{% endif %}"
const messages = [
  { role: 'user', content: 'Did pain fall?' },
  { role: 'assistant', content: 'It did.' },
  { role: 'user', content: 'By how much?' },
  { role: 'assistant', content: 'By a third.' },
]

test("the loss covers the assistant's turns with their end, and nothing else", async () => {
  const tokenizer = await withTemplate(turns)
  const { inputIds, labels } = encodeChatRow(messages, tokenizer, { assistantOnly: true, index: 0 })
  expect(labels).toHaveLength(inputIds.length)
  expect(labels.every((label, t) => label === -100 || label === inputIds[t])).toBe(true)
  const parts = labels.map((label) => (label === -100 ? '|' : tokenizer.decode([label]))).join('')
  expect(parts.split(/\|+/).filter((part) => part !== '')).toEqual(['It did.[end]', 'By a third.[end]'])
  const all = encodeChatRow(messages, tokenizer, { assistantOnly: false, index: 0 })
  expect(all).toEqual({ inputIds, labels: inputIds })
})

test('a template that rewrites earlier turns is refused, without their text', async () => {
  const rewriting = turns.replace(
    "{{ m['content'] }}",
    "{% if loop.last %}{{ m['content'] }}{% else %}…{% endif %}",
  )
  const tokenizer = await withTemplate(rewriting)
  const encode = () => encodeChatRow(messages, tokenizer, { assistantOnly: true, index: 4 })
  expect(encode).toThrow(/row 5: the chat template must write message 2 the same/)
  expect(encode).not.toThrow(/pain/)
})

test("a template's own generation blocks tell the assistant's part, also where it rewrites earlier turns", async () => {
  const marked =
    "{% for m in messages %}[{{ m['role'] }}]{% if m['role'] == 'assistant' %}{% generation %}{{ m['content'] if loop.last else 'cut' }}[end]{% endgeneration %}{% else %}{{ m['content'] }}{% endif %}{% endfor %}"
  const tokenizer = await withTemplate(marked)
  const { inputIds, labels } = encodeChatRow(messages, tokenizer, { assistantOnly: true, index: 0 })
  const parts = labels.map((label) => (label === -100 ? '|' : tokenizer.decode([label]))).join('')
  expect(parts.split(/\|+/).filter((part) => part !== '')).toEqual(['cut[end]', 'By a third.[end]'])
  expect(labels.every((label, t) => label === -100 || label === inputIds[t])).toBe(true)
})
