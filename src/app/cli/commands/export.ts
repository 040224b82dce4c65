import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomically } from '../../../atomic-file.js'
import { MedtuneError } from '../../../errors.js'
import { exportHtml } from '../../../notebook/export-html.js'
import { exportMarkdown } from '../../../notebook/export-markdown.js'
import { exportScript } from '../../../notebook/export-script.js'
import { readNotebook } from '../../../notebook/notebook-file.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'

const endings = { script: '.ts', markdown: '.md', html: '.html' } as const
const formats = ['script', 'markdown', 'html'] as const

export const exportCommand: Command = defineCommand({
  name: 'export',
  description:
    'Turn a notebook into a TypeScript script that does the same job, into Markdown, or into one HTML file.',
  usage: 'export NOTEBOOK',
  maxPositionals: 1,
  options: {
    to: { type: 'string', choices: formats, default: 'script', description: 'Kind of file.' },
    output: {
      type: 'string',
      short: 'o',
      valueName: 'FILE',
      description: 'Where it goes (default: beside the notebook, with another ending).',
    },
  },
  examples: [
    { command: 'medtune export notebooks/test-model.ipynb', does: 'Writes notebooks/test-model.ts.' },
    {
      command: 'medtune export notebooks/test-model.ipynb --to html -o report.html',
      does: 'One file to send around.',
    },
  ],
  async run({ values, positionals, output }) {
    const [file] = positionals
    if (file === undefined) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        'export needs a notebook; none was given. Write: medtune export NOTEBOOK',
      )
    }
    const target = values.output ?? file.replace(/\.ipynb$/, '') + endings[values.to]
    const files = await exportFiles(file, values.to, target)
    for (const [name, content] of files) {
      await mkdir(path.dirname(name), { recursive: true })
      await writeFileAtomically(name, content)
    }
    output.print(`Written ${target}${files.size > 1 ? ` and ${files.size - 1} images` : ''}`)
    output.result({ format: values.to, files: [...files.keys()] })
    return exitCodes.ok
  },
})

/** @returns the files to write, by path */
async function exportFiles(
  file: string,
  format: (typeof formats)[number],
  target: string,
): Promise<Map<string, string | Uint8Array>> {
  const notebook = await readNotebook(file)
  const name = path.basename(file)
  const folder = path.dirname(target)
  if (format === 'html') return new Map([[target, await exportHtml(notebook, name.replace(/\.ipynb$/, ''))]])
  if (format === 'script') {
    const toNotebook = path.relative(path.resolve(folder), path.resolve(path.dirname(file)))
    return new Map([[target, await exportScript(notebook, { name, folder: toNotebook })]])
  }
  const images = `${path.basename(target).replace(/\.md$/, '')}_files`
  const { markdown, files } = exportMarkdown(notebook, images)
  const inFolder = [...files].map(([image, bytes]): [string, Uint8Array] => [path.join(folder, image), bytes])
  return new Map<string, string | Uint8Array>([[target, markdown], ...inFolder])
}
