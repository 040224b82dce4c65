import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { ExecuteReply, KernelClient } from './kernel-client.js'
import type { Cell, CodeCell, MarkdownCell, Notebook } from './nbformat.js'
import { newCellId } from './parse-notebook.js'
import type { KernelMessage } from './wire-protocol.js'

export function codeCell(source: string, fields: Partial<CodeCell> = {}): CodeCell {
  return {
    cell_type: 'code',
    id: newCellId(),
    source,
    metadata: {},
    execution_count: null,
    outputs: [],
    ...fields,
  }
}

export function markdownCell(source: string, fields: Partial<MarkdownCell> = {}): MarkdownCell {
  return { cell_type: 'markdown', id: newCellId(), source, metadata: {}, ...fields }
}

export function makeNotebook(...cells: Cell[]): Notebook {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { name: 'medtune', display_name: 'TypeScript (tslab, medtune)', language: 'typescript' },
      language_info: { name: 'typescript' },
    },
    cells,
  }
}

/** A folder that is removed when the test ends. */
export async function temporaryFolder(parent: string = os.tmpdir()): Promise<string> {
  const folder = await mkdtemp(path.join(parent, 'medtune-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface Execution {
  readonly reply: ExecuteReply
  readonly messages: readonly KernelMessage[]
  /** Everything printed to stdout. */
  readonly stdout: string
  readonly stderr: string
}

/** Runs code and collects what the kernel broadcast. */
export async function execute(
  client: KernelClient,
  code: string,
  onOutput: (message: KernelMessage) => void = () => {},
): Promise<Execution> {
  const messages: KernelMessage[] = []
  const reply = await client.execute(code, {
    onOutput(message) {
      messages.push(message)
      onOutput(message)
    },
  })
  const printed = (name: string) =>
    messages
      .filter(({ header, content }) => header.msg_type === 'stream' && content.name === name)
      .map(({ content }) => content.text)
      .join('')
  return { reply, messages, stdout: printed('stdout'), stderr: printed('stderr') }
}

/** The contents of all messages of one type. */
export function contents({ messages }: Execution, type: string): Record<string, unknown>[] {
  return messages.filter(({ header }) => header.msg_type === type).map(({ content }) => content)
}
