import { writeFileAtomically } from '../atomic-file.js'
import type { InstructionExample } from './instruction-example.js'

/**
 * Form of a training file. `columns`: one object of three lists (the documented one). `rows`: a list of objects.
 * `jsonl`: an object per line. `messages`: ChatML, `{"messages": [system, user, assistant]}` per line.
 */
export const datasetLayouts = ['columns', 'rows', 'jsonl', 'messages'] as const
export type DatasetLayout = (typeof datasetLayouts)[number]

/** A source that can be gone through more than once: each call starts again. */
export type ExampleSource = () => AsyncIterable<InstructionExample> | Iterable<InstructionExample>

/** File name that `prepare` gives each layout. */
export function formattedFileName(layout: DatasetLayout): string {
  return layout === 'columns' || layout === 'rows'
    ? 'formatted_medical_dataset.json'
    : 'formatted_medical_dataset.jsonl'
}

/**
 * Writes a training file atomically and in constant memory: `columns` goes through the source once per column.
 *
 * @throws MedtuneError FILE_UNWRITABLE; whatever the source throws, and then the old file stays
 */
export async function writeFormattedDataset(
  file: string,
  examples: ExampleSource,
  layout: DatasetLayout,
): Promise<void> {
  await writeFileAtomically(file, async (append) => {
    if (layout === 'columns') {
      await append('{\n')
      for (const [i, column] of exampleFields.entries()) {
        await append(`${i === 0 ? '' : ',\n'}  "${column}": `)
        await appendList(append, examples(), '  ', (example) => JSON.stringify(example[column]))
      }
      await append('\n}')
    } else if (layout === 'rows') {
      await appendList(append, examples(), '', (example) => indent(JSON.stringify(plain(example), null, 2)))
    } else {
      const content = layout === 'jsonl' ? plain : toMessages
      for await (const example of examples()) await append(`${JSON.stringify(content(example))}\n`)
    }
  })
}

/** The columns, in file order. */
export const exampleFields = ['instruction', 'input', 'output'] as const

type Append = (text: string) => Promise<void>

/** A JSON list as `JSON.stringify(…, null, 2)` and Python's `json.dump(…, indent=2)` write it. */
async function appendList(
  append: Append,
  examples: AsyncIterable<InstructionExample> | Iterable<InstructionExample>,
  margin: string,
  item: (example: InstructionExample) => string,
): Promise<void> {
  let count = 0
  for await (const example of examples) {
    await append(`${count === 0 ? '[\n' : ',\n'}${margin}  ${item(example)}`)
    count++
  }
  await append(count === 0 ? '[]' : `\n${margin}]`)
}

function indent(json: string): string {
  return json.replaceAll('\n', '\n  ')
}

/** The three fields in file order and nothing else. */
function plain({ instruction, input, output }: InstructionExample): InstructionExample {
  return { instruction, input, output }
}

function toMessages({ instruction, input, output }: InstructionExample): object {
  return {
    messages: [
      { role: 'system', content: instruction },
      { role: 'user', content: input },
      { role: 'assistant', content: output },
    ],
  }
}
