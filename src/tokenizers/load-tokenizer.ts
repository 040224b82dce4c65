import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { createChatTemplate } from './chat-template.js'
import { Tokenizer } from './tokenizer.js'
import { parseTokenizerConfig } from './tokenizer-config.js'
import { parseTokenizerJson } from './tokenizer-json.js'

/** The files of a tokenizer in Hugging Face layout; only the first must be there. */
const fileNames = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
] as const
type FileName = (typeof fileNames)[number]

/**
 * Loads the tokenizer of a model folder.
 *
 * @param directory folder with `tokenizer.json` and, as a rule, `tokenizer_config.json`
 * @throws FILE_NOT_FOUND without tokenizer.json; INVALID_TOKENIZER (file, field, rule)
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const texts = new Map<FileName, string>()
  for (const name of fileNames) {
    const text = await readIfPresent(path.join(directory, name))
    if (text !== undefined) texts.set(name, text)
  }
  const at = (name: FileName): string => path.join(directory, name)
  const json = texts.get('tokenizer.json')
  if (json === undefined) {
    throw new MedtuneError(
      'FILE_NOT_FOUND',
      `${at('tokenizer.json')} must exist; it does not. Give the folder of a model with its tokenizer in Hugging Face` +
        ' layout; a tokenizer.model alone must first be converted.',
    )
  }
  const map = texts.get('special_tokens_map.json')
  const specialTokensMap = map === undefined ? undefined : { file: at('special_tokens_map.json'), text: map }
  const config = parseTokenizerConfig(
    at('tokenizer_config.json'),
    texts.get('tokenizer_config.json'),
    specialTokensMap,
  )
  const templates = await readChatTemplates(directory, config.chatTemplates, texts.get('chat_template.jinja'))
  return new Tokenizer({
    json: parseTokenizerJson(at('tokenizer.json'), json),
    config,
    chatTemplate: createChatTemplate(
      at(texts.has('chat_template.jinja') ? 'chat_template.jinja' : 'tokenizer_config.json'),
      templates.texts,
      config,
    ),
    file: at('tokenizer.json'),
    files: [...[...texts.keys()].map(at), ...templates.files],
  })
}

const templateFolder = 'additional_chat_templates'

/** As in transformers, files of their own take the place of the field in tokenizer_config.json. */
async function readChatTemplates(
  directory: string,
  ofConfig: Readonly<Record<string, string>>,
  defaultText: string | undefined,
): Promise<{ readonly texts: Readonly<Record<string, string>>; readonly files: readonly string[] }> {
  const folder = path.join(directory, templateFolder)
  const names = existsSync(folder)
    ? (await readdir(folder)).filter((name) => name.endsWith('.jinja')).sort()
    : []
  const files = names.map((name) => path.join(folder, name))
  const named = await Promise.all(
    files.map(
      async (file): Promise<[string, string]> => [
        path.basename(file, '.jinja'),
        (await readIfPresent(file)) ?? '',
      ],
    ),
  )
  const ofFiles = {
    ...(defaultText === undefined ? {} : { default: defaultText }),
    ...Object.fromEntries(named),
  }
  // Without a default among the files, which transformers cannot use at all, that of the field serves.
  return { texts: 'default' in ofFiles ? ofFiles : { ...ofConfig, ...ofFiles }, files }
}

async function readIfPresent(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new MedtuneError('FILE_UNREADABLE', `${file} must be a readable file. Check its permissions.`, {
      cause,
    })
  }
}
