import { MedtuneError } from '../errors.js'
import { exampleFields } from './formatted-dataset.js'
import type { InstructionExample } from './instruction-example.js'
import { JsonSplitter, parseEntry } from './json-splitter.js'
import { type ReadOptions, readChunks } from './read-chunks.js'

/**
 * Loads a training file of any layout (`columns`, `rows`, `jsonl`, `messages`), told apart by its first bytes.
 *
 * @throws MedtuneError FILE_NOT_FOUND, FILE_UNREADABLE, INTERRUPTED; INVALID_DATASET with the row and field when the
 * file is none of the four, is damaged, holds no example, or a field is no text
 */
export async function loadFormattedDataset(
  file: string,
  options: ReadOptions = {},
): Promise<InstructionExample[]> {
  const form = sniffForm(await firstText(file))
  if (form === undefined) throw unusable(file, 'must be a JSON list, a JSON object of columns, or JSON lines')
  const examples = await loaders[form](file, options)
  if (examples.length === 0) throw unusable(file, 'must hold at least one example; it holds none')
  return examples
}

type Form = 'list' | 'columns' | 'lines'

const loaders: Record<Form, (file: string, options: ReadOptions) => Promise<InstructionExample[]>> = {
  list: loadList,
  columns: loadColumns,
  lines: loadLines,
}

const sniffedChars = 4096

async function firstText(file: string): Promise<string> {
  for await (const chunk of readChunks(file)) return chunk.toString('utf8', 0, sniffedChars)
  return ''
}

function sniffForm(text: string): Form | undefined {
  const start = text.replace(/^\uFEFF/, '').trimStart()
  if (start.startsWith('[')) return 'list'
  if (!start.startsWith('{')) return undefined
  return /^\{\s*"(?!messages")[^"\\]*"\s*:\s*\[/.test(start) ? 'columns' : 'lines'
}

async function loadList(file: string, options: ReadOptions): Promise<InstructionExample[]> {
  const examples: InstructionExample[] = []
  const splitter = new JsonSplitter({ subject: file })
  for await (const chunk of readChunks(file, options)) {
    for (const { bytes } of splitter.push(chunk)) {
      examples.push(toExample(file, `row ${examples.length + 1}`, parseEntry(bytes)))
    }
  }
  splitter.end()
  return examples
}

async function loadLines(file: string, options: ReadOptions): Promise<InstructionExample[]> {
  const examples: InstructionExample[] = []
  let line = 0
  for await (const bytes of readLines(file, options)) {
    line++
    if (bytes.toString('latin1').trim() !== '')
      examples.push(toExample(file, `line ${line}`, parseEntry(bytes)))
  }
  return examples
}

async function* readLines(file: string, options: ReadOptions): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let isFirst = true
  for await (const chunk of readChunks(file, options)) {
    let from = isFirst && chunk.toString('latin1', 0, 3) === '\u00ef\u00bb\u00bf' ? 3 : 0
    isFirst = false
    for (let end = chunk.indexOf(0x0a, from); end >= 0; end = chunk.indexOf(0x0a, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)])
      parts = []
      from = end + 1
    }
    parts.push(chunk.subarray(from))
  }
  yield Buffer.concat(parts)
}

async function loadColumns(file: string, options: ReadOptions): Promise<InstructionExample[]> {
  const columns: Record<string, string[]> = { instruction: [], input: [], output: [] }
  const splitter = new JsonSplitter({ subject: file, depth: 2 })
  for await (const chunk of readChunks(file, options)) {
    for (const { path, bytes } of splitter.push(chunk)) {
      const [name, row] = path
      const column = columns[String(name)]
      if (column === undefined || path.length !== 2 || typeof row !== 'number') continue
      const value = parseEntry(bytes)
      if (typeof value !== 'string') throw unusable(file, `row ${row + 1}: ${name} must be a text`)
      if (row !== column.length) throw unusable(file, `must have the column ${name} once`)
      column.push(value)
    }
  }
  splitter.end()
  const { instruction = [], input = [], output = [] } = columns
  if (instruction.length !== input.length || input.length !== output.length) {
    throw unusable(
      file,
      `must have equally long columns; instruction has ${instruction.length}, input ${input.length}, output ${output.length}`,
    )
  }
  return input.map((text, row) => ({
    instruction: instruction[row] ?? '',
    input: text,
    output: output[row] ?? '',
  }))
}

function toExample(file: string, where: string, raw: unknown): InstructionExample {
  if (typeof raw !== 'object' || raw === null) throw unusable(file, `${where} must be a JSON object in UTF-8`)
  const record: Readonly<Record<string, unknown>> =
    'messages' in raw ? fromMessages(file, where, raw.messages) : { ...raw }
  for (const field of exampleFields) {
    if (typeof record[field] !== 'string') throw unusable(file, `${where}: ${field} must be a text`)
  }
  const { instruction, input, output } = record
  return { instruction: String(instruction), input: String(input), output: String(output) }
}

/** `[system?, user, assistant]`. */
function fromMessages(file: string, where: string, messages: unknown): Record<string, unknown> {
  const turns: { role?: unknown; content?: unknown }[] = Array.isArray(messages)
    ? messages.map((turn) => ({ ...turn }))
    : []
  const roles = turns.map(({ role }) => role).join(' ')
  if (roles !== 'system user assistant' && roles !== 'user assistant') {
    throw unusable(file, `${where}: messages must be one each of system (may be left out), user, assistant`)
  }
  const [assistant, user, system] = [...turns].reverse()
  return {
    instruction: system === undefined ? '' : system.content,
    input: user?.content,
    output: assistant?.content,
  }
}

function unusable(file: string, problem: string): MedtuneError {
  return new MedtuneError(
    'INVALID_DATASET',
    `training file ${file} ${problem}. Make it with: medtune prepare --all`,
  )
}
