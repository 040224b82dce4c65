import { once } from 'node:events'
import { createReadStream, existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { anonymizeLine } from '../../../anonymization/anonymize-lines.js'
import { anonymizeLinesInParallel } from '../../../anonymization/anonymize-lines-in-parallel.js'
import { anonymizeTextStream } from '../../../anonymization/anonymize-text-stream.js'
import { anonymizeValue } from '../../../anonymization/anonymize-value.js'
import { Anonymizer } from '../../../anonymization/anonymizer.js'
import { Audit } from '../../../anonymization/audit.js'
import type { LineWorkerData } from '../../../anonymization/line-worker.js'
import { profileNames } from '../../../anonymization/profiles.js'
import { createStrategy, strategyNames } from '../../../anonymization/strategies/index.js'
import { parseUserPatterns, type UserPattern } from '../../../anonymization/user-pattern.js'
import { type Append, writeFileAtomically } from '../../../atomic-file.js'
import { MedtuneError } from '../../../errors.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'

// A system call for every line would cost more than the line.
const writeAtCharacters = 64 * 1024

const formats = ['text', 'jsonl', 'json'] as const

export const anonymizeCommand: Command = defineCommand({
  name: 'anonymize',
  description:
    'Take identifiers of persons out of a text or JSON file, or of stdin; the result goes to stdout or --output.\n' +
    'Assistive, not certified: no rule finds everything, read what you publish.',
  usage: 'anonymize [FILE|-]',
  maxPositionals: 1,
  options: {
    profile: {
      type: 'string',
      valueName: 'NAME',
      choices: profileNames,
      default: 'clinical',
      description: 'What counts as an identifier.',
    },
    strategy: {
      type: 'string',
      valueName: 'NAME',
      choices: strategyNames,
      default: 'placeholder',
      description: 'What an identifier becomes.',
    },
    format: {
      type: 'string',
      valueName: 'NAME',
      choices: formats,
      default: 'text',
      description: 'Form of the file.',
    },
    field: {
      type: 'string',
      valueName: 'PATH',
      multiple: true,
      description: 'JSON: only this field, a.b for nested ones; may be repeated (default: every string).',
    },
    spans: {
      type: 'boolean',
      default: false,
      description: 'JSONL of {"id","text"} in, {"id","spans","output"} out; offsets are UTF-16 code units.',
    },
    review: {
      type: 'boolean',
      default: false,
      description: 'Show the text with what was found marked, on this terminal only; writes nothing.',
    },
    patterns: {
      type: 'string',
      valueName: 'FILE',
      description:
        'JSON list of {"entity","pattern"}: kinds of your own, as regular expressions with bounded quantifiers.',
    },
    keyFile: {
      type: 'string',
      valueName: 'FILE',
      description: 'Key of token, surrogate, date-shift and hmac (default: MEDTUNE_ANONYMIZATION_KEY).',
    },
    workers: {
      type: 'integer',
      default: 1,
      description: 'Threads for --format jsonl and --spans; 0 takes every core.',
    },
    patient: {
      type: 'string',
      valueName: 'ID',
      description: 'Whose file it is: date-shift moves all files of one patient alike.',
    },
    output: {
      type: 'string',
      valueName: 'FILE',
      short: 'o',
      description: 'Where the result goes (default: stdout).',
    },
    audit: {
      type: 'string',
      valueName: 'FILE',
      description: 'Write counts by type and rule and the configuration hash; no value, no offset.',
    },
  },
  examples: [
    { command: 'medtune anonymize note.txt', does: 'The note with placeholders, on stdout.' },
    {
      command: 'medtune anonymize notes.jsonl --format jsonl --field text -o clean.jsonl --audit audit.json',
      does: 'One field of every line, with a record of what was done.',
    },
    {
      command: 'medtune anonymize --strategy date-shift --key-file key.txt --patient 17 -',
      does: 'stdin; dates move by this patient’s days.',
    },
    { command: 'medtune anonymize note.txt --review', does: 'Shows what would be taken out.' },
  ],
  async run({ values, positionals, output, signal }) {
    const [file = '-'] = positionals
    const key = readKey(values.keyFile)
    const { patient } = values
    const strategyOptions = {
      ...(key === undefined ? {} : { key }),
      ...(patient === undefined ? {} : { patient }),
    }
    const strategy = createStrategy(values.strategy, strategyOptions)
    const patterns = readPatterns(values.patterns)
    const worker = { profile: values.profile, strategy: values.strategy, strategyOptions, patterns }
    const anonymizer = new Anonymizer({ profile: values.profile, strategy, patterns })
    const audit = new Audit(anonymizer)
    const input = openInput(file)
    const form: Form = values.review ? 'review' : values.spans ? 'spans' : values.format
    const fields = values.field.map((path) => path.split('.'))
    const work: Work = { form, fields, anonymizer, audit, workers: values.workers, worker }
    const copy = async (append: Append): Promise<void> => {
      for await (const text of inPortions(namingFile(outputOf(input, work), file))) {
        signal.throwIfAborted()
        await append(text)
      }
    }
    await (values.output === undefined ? copy(print) : writeResult(values.output, copy))
    const report = audit.report()
    if (values.audit !== undefined)
      await writeResult(values.audit, (append) => append(`${JSON.stringify(report, undefined, 2)}\n`))
    if (values.output !== undefined)
      output.print(`${report.documents} texts, ${sum(report.byType)} identifiers: ${values.output}`)
    output.result({ ...report })
    return exitCodes.ok
  },
})

type Form = (typeof formats)[number] | 'spans' | 'review'

interface Work {
  readonly form: Form
  readonly fields: readonly (readonly string[])[]
  readonly anonymizer: Anonymizer<string>
  readonly audit: Audit
  readonly workers: number
  /** What each worker builds its own anonymizer from. */
  readonly worker: Pick<LineWorkerData, 'profile' | 'strategy' | 'strategyOptions' | 'patterns'>
}

function parallelLines(
  input: Readable,
  { workers, audit, ...options }: LineWorkerData & Pick<Work, 'workers' | 'audit'>,
): AsyncGenerator<string> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  const count = workers === 0 ? {} : { workers }
  return anonymizeLinesInParallel(lines, { ...options, ...count, onAudit: (report) => audit.merge(report) })
}

async function* outputOf(
  input: Readable,
  { form, fields, anonymizer, audit, workers, worker }: Work,
): AsyncGenerator<string> {
  const onResult = (result: Parameters<Audit['add']>[0]): void => audit.add(result)
  if (form === 'text') yield* anonymizeTextStream(input, anonymizer, onResult)
  else if (form === 'json') yield cleanJson(await readAll(input), { anonymizer, fields, onResult })
  else if (form === 'review') yield marked(await readAll(input), anonymizer)
  else if (workers !== 1) yield* parallelLines(input, { form, fields, workers, audit, ...worker })
  else {
    let number = 0
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      yield `${anonymizeLine(line, number, anonymizer, { form, fields, onResult })}\n`
    }
  }
}

function cleanJson(
  text: string,
  {
    anonymizer,
    ...options
  }: { anonymizer: Anonymizer<string> } & NonNullable<Parameters<typeof anonymizeValue>[2]>,
): string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own message quotes the file.
    throw new MedtuneError(
      'INVALID_DATASET',
      `the file must be JSON; got ${text.length} characters that are not. Use --format jsonl for one object per line, or --format text.`,
    )
  }
  return `${JSON.stringify(anonymizeValue(value, anonymizer, options), undefined, 2)}\n`
}

/** What was found, in reverse video with its kind: for the eyes at this terminal, never for a file. */
function marked(text: string, anonymizer: Anonymizer<string>): string {
  if (!process.stdout.isTTY) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      '--review shows identifiers and needs a terminal; got a pipe or file. Leave --review out to write the anonymized text.',
    )
  }
  let shown = ''
  let copied = 0
  for (const { start, end, type } of anonymizer.anonymize(text).spans) {
    shown += `${text.slice(copied, start)}\u001b[7m${text.slice(start, end)}\u001b[0m\u001b[2m[${type}]\u001b[0m`
    copied = end
  }
  return `${shown}${text.slice(copied)}\n`
}

function readKey(file: string | undefined): string | undefined {
  return file === undefined ? process.env.MEDTUNE_ANONYMIZATION_KEY : readText(file).trim()
}

function readPatterns(file: string | undefined): UserPattern[] {
  return file === undefined ? [] : parseUserPatterns(readText(file))
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw asFileError(cause, file)
  }
}

function openInput(file: string): Readable {
  return file === '-' ? process.stdin.setEncoding('utf8') : createReadStream(file, { encoding: 'utf8' })
}

async function readAll(input: Readable): Promise<string> {
  let text = ''
  for await (const chunk of input) text += chunk
  return text
}

async function* inPortions(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let waiting = ''
  for await (const text of texts) {
    waiting += text
    if (waiting.length < writeAtCharacters) continue
    yield waiting
    waiting = ''
  }
  yield waiting
}

/** The same texts; what fails while they are read names the file. */
async function* namingFile(texts: AsyncIterable<string>, file: string): AsyncGenerator<string> {
  try {
    yield* texts
  } catch (cause) {
    throw asFileError(cause, file)
  }
}

async function print(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

async function writeResult(file: string, content: (append: Append) => Promise<void>): Promise<void> {
  const status = existsSync(file) ? statSync(file) : undefined
  // A device or a pipe is written to; a file is replaced, not the link to it.
  if (status?.isCharacterDevice() || status?.isFIFO()) await content((text) => appendFile(file, text))
  else await writeFileAtomically(status === undefined ? file : realpathSync(file), content)
}

function asFileError(cause: unknown, file: string): unknown {
  if (!(cause instanceof Error && 'syscall' in cause && 'code' in cause)) return cause
  const code = cause.code === 'ENOENT' ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE'
  return new MedtuneError(
    code,
    `cannot read ${file}: ${String(cause.code)}. Check the path and its permissions.`,
    { cause },
  )
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
