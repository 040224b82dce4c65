import type { CodeCell, Notebook } from './nbformat.js'
import { type ScriptCell, takeApart } from './script-cell.js'
import { dynamicImport, ScriptImports } from './script-imports.js'

export interface ScriptOptions {
  /** What the header calls the notebook. */
  name?: string
  /** Path from the script's folder to the notebook's, where cells run and relative paths start. */
  folder?: string
}

/**
 * The notebook as one TypeScript module that does the same job: markdown as comments, imports at the top, a cell's
 * last expression printed, displays as text on the console.
 *
 * A cell that declares a name again opens a block, so that the name means the old thing before it and the new one after.
 */
export async function exportScript(
  notebook: Notebook,
  { name, folder }: ScriptOptions = {},
): Promise<string> {
  const { default: ts } = await import('typescript')
  const code = notebook.cells.filter((cell) => cell.cell_type === 'code')
  const show = freeName('showResult', code)
  const context = { ts, show, types: new Map<string, string>() }
  const imports = new ScriptImports()
  const blocks = new Blocks()
  const sections = notebook.cells.map((cell) => {
    if (cell.cell_type !== 'code') return comment(cell.source)
    return isHelp(cell) ? comment(cell.source) : blocks.add(takeApart(cell.source, context), imports)
  })
  const body = [...sections.filter((section) => section !== ''), blocks.close()].filter(
    (section) => section !== '',
  )
  if (body.some((section) => section.includes(`${show}(`))) {
    imports.add(
      [
        {
          module: 'medtune',
          isTypeOnly: false,
          named: [{ imported: 'display', local: show, isTypeOnly: false }],
        },
      ],
      () => false,
    )
  }
  const head = [header(name), imports.toString(), ...prelude(code, folder)]
  return `${[...head, ...body].filter((section) => section !== '').join('\n\n')}\n`
}

/** Nested blocks: each holds the names declared in it. */
class Blocks {
  readonly #scopes: Set<string>[] = [new Set()]

  add({ imports: wanted, body, names }: ScriptCell, imports: ScriptImports): string {
    const isTaken = (name: string) => this.#scopes.some((scope) => scope.has(name))
    const inPlace = imports.add(wanted, isTaken)
    const current = this.#scopes.at(-1)
    const isModule = this.#scopes.length === 1
    const clashes =
      names.some((name) => current?.has(name) || (isModule && imports.has(name))) || inPlace.length > 0
    if (clashes) this.#scopes.push(new Set())
    for (const name of names) this.#scopes.at(-1)?.add(name)
    const lines = [...inPlace.map(dynamicImport), body].filter((line) => line !== '')
    return [...(clashes ? ['{'] : []), ...lines].join('\n')
  }

  close(): string {
    return this.#scopes
      .slice(1)
      .map(() => '}')
      .join('\n')
  }
}

/** `?name` asks the kernel for help; a script has nobody to ask. */
function isHelp({ source }: CodeCell): boolean {
  return /^\s*(\?+\s*[\w.$]+|[\w.$]+\s*\?+)\s*$/.test(source)
}

function comment(text: string): string {
  if (text.trim() === '') return ''
  const lines = text.trimEnd().split(/\r\n|[\n\r\u2028\u2029]/)
  return lines.map((line) => `// ${line}`.trimEnd()).join('\n')
}

function header(name: string | undefined): string {
  const source = name === undefined ? 'a notebook' : name
  return comment(`Exported from ${source} by medtune. Run it with tsx, or with Node.js 22.18 or later.`)
}

function prelude(cells: readonly CodeCell[], folder: string | undefined): string[] {
  const lines: string[] = []
  if (folder !== undefined) {
    const target =
      folder === '' || folder === '.'
        ? 'import.meta.dirname'
        : `\`\${import.meta.dirname}/${folder.replaceAll('\\', '/')}\``
    lines.push(`// Relative paths start in the notebook's folder.\nprocess.chdir(${target})`)
  }
  if (cells.some(({ source }) => /\brequire\s*\(/.test(source))) {
    lines.push("const require = (await import('node:module')).createRequire(import.meta.url)")
  }
  return lines
}

function freeName(wanted: string, cells: readonly CodeCell[]): string {
  let name = wanted
  while (cells.some(({ source }) => source.includes(name))) name = `${name}_`
  return name
}
