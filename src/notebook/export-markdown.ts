import { replaceAttachments } from './attachments.js'
import type { Cell, MimeBundle, Notebook, Output } from './nbformat.js'
import { errorText, pickText, stripAnsi } from './output-text.js'

export interface MarkdownExport {
  readonly markdown: string
  /** Images, by the path that the text names, relative to the Markdown file. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

const IMAGE_ENDINGS: Readonly<Record<string, string>> = {
  'image/svg+xml': 'svg',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
}
const TEXT_TYPES = ['text/markdown', 'text/latex', 'text/plain', 'text/html']

/**
 * The notebook as Markdown: markdown cells as they are, code and printed output in fences, images in files beside it.
 *
 * @param folder name of the folder for the images
 */
export function exportMarkdown(notebook: Notebook, folder: string): MarkdownExport {
  const files = new Map<string, Uint8Array>()
  const language = notebook.metadata.language_info?.name ?? notebook.metadata.kernelspec?.language ?? ''
  const sections = notebook.cells.map((cell, index) =>
    cellSection(cell, { language, prefix: `${folder}/cell-${index + 1}`, files }),
  )
  return { markdown: `${sections.filter((section) => section !== '').join('\n\n')}\n`, files }
}

interface Context {
  readonly language: string
  /** Start of the paths of this cell's files. */
  readonly prefix: string
  readonly files: Map<string, Uint8Array>
}

function cellSection(cell: Cell, context: Context): string {
  if (cell.cell_type === 'code') {
    const outputs = cell.outputs.map((output, index) => outputSection(output, index, context))
    const code = cell.source.trim() === '' ? '' : fence(cell.source, context.language)
    return [code, ...outputs].filter((section) => section !== '').join('\n\n')
  }
  const saved = (bundle: MimeBundle, name: string) =>
    saveImage(bundle, `${context.prefix}-${safeName(name)}`, context)
  return replaceAttachments(cell, saved).trimEnd()
}

function outputSection(output: Output, index: number, context: Context): string {
  if (output.output_type === 'stream') return fence(stripAnsi(output.text), 'text')
  if (output.output_type === 'error') return fence(errorText(output), 'text')
  const image = saveImage(output.data, `${context.prefix}-output-${index + 1}`, context)
  const alternative =
    String(output.data['text/plain'] ?? 'output')
      .split('\n')[0]
      ?.replace(/[[\]]/g, '') ?? ''
  if (image !== undefined) return `![${alternative}](${image})`
  const picked = pickText(output.data, TEXT_TYPES)
  if (picked === undefined) return ''
  return picked.type === 'text/plain' ? fence(stripAnsi(picked.text), 'text') : picked.text.trimEnd()
}

/** A name from the notebook must not lead out of the folder. */
function safeName(name: string): string {
  return name.replace(/\.\w+$/, '').replace(/[^\w-]+/g, '_')
}

/** @returns path of the file, undefined where the bundle has no image */
function saveImage(bundle: MimeBundle, path: string, { files }: Context): string | undefined {
  const picked = pickText(bundle, Object.keys(IMAGE_ENDINGS))
  if (picked === undefined) return undefined
  const file = `${path}.${IMAGE_ENDINGS[picked.type]}`
  files.set(file, Buffer.from(picked.text, picked.type === 'image/svg+xml' ? 'utf8' : 'base64'))
  return file
}

/** A fence longer than any run of backticks in the text. */
function fence(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const ticks = '`'.repeat(longest + 1)
  return `${ticks}${language}\n${text.trimEnd()}\n${ticks}`
}
