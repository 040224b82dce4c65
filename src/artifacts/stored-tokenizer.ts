import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { parseTokenizerConfig } from '../tokenizers/tokenizer-config.js'
import { parseTokenizerJson, type TokenizerJson } from '../tokenizers/tokenizer-json.js'

/** A tokenizer as it is stored: the checked file, the object made of it, and the source of its chat template. */
export interface StoredTokenizer {
  readonly json: TokenizerJson
  readonly tokenizer: Tokenizer
  readonly chatTemplate: string | undefined
}

/**
 * The tokenizer of the first folder that has one.
 *
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, INVALID_TOKENIZER
 */
export async function readStoredTokenizer(folders: readonly string[]): Promise<StoredTokenizer> {
  const folder = folders.find((candidate) => existsSync(path.join(candidate, 'tokenizer.json')))
  const at = (name: string): string => path.join(folder ?? folders.at(-1) ?? '', name)
  const tokenizer = await loadTokenizer(path.dirname(at('tokenizer.json')))
  const read = async (name: string): Promise<string | undefined> =>
    existsSync(at(name)) ? await readFile(at(name), 'utf8') : undefined
  const json = parseTokenizerJson(at('tokenizer.json'), (await read('tokenizer.json')) ?? '')
  const configFile = at('tokenizer_config.json')
  const { chatTemplates } = parseTokenizerConfig(configFile, await read('tokenizer_config.json'))
  const ownFile = await read('chat_template.jinja')
  return {
    json,
    tokenizer,
    chatTemplate: ownFile ?? chatTemplates.default ?? Object.values(chatTemplates)[0],
  }
}
