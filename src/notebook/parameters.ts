import type { Expression, VariableStatement } from 'typescript'
import { MedtuneError } from '../errors.js'
import type { CodeCell, Notebook } from './nbformat.js'
import { newCellId } from './parse-notebook.js'

/** Values by name, for a notebook's cell tagged `parameters`. */
export type NotebookParameters = Readonly<Record<string, unknown>>

const PARAMETERS_TAG = 'parameters'
const INJECTED_TAG = 'injected-parameters'

interface Parameter {
  readonly isConst: boolean
  readonly isText: boolean
}

/**
 * Puts a cell that assigns the values after the one tagged `parameters`, which declares them with `let` and defaults
 * (papermill's convention). A cell injected by an earlier run is replaced.
 *
 * @param values a string for a parameter that is no text is read as JSON: `'20'` becomes 20
 * @throws MedtuneError INVALID_ARGUMENT for a name that the cell does not declare with `let`, or without such a cell
 */
export async function injectParameters(notebook: Notebook, values: NotebookParameters): Promise<void> {
  if (Object.keys(values).length === 0) return
  const cell = notebook.cells.find((candidate) => candidate.metadata.tags?.includes(PARAMETERS_TAG))
  if (cell === undefined) {
    const message =
      'the notebook must have a cell tagged "parameters" to be given values; it has none. Add one that declares them with let.'
    throw new MedtuneError('INVALID_ARGUMENT', message)
  }
  const declared = await declaredParameters(cell.source)
  const lines = Object.entries(values).map(([name, value]) => assignment(name, value, declared))
  const injected: CodeCell = {
    cell_type: 'code',
    id: newCellId(),
    metadata: { tags: [INJECTED_TAG] },
    source: `// Parameters\n${lines.join('\n')}`,
    execution_count: null,
    outputs: [],
  }
  notebook.cells = notebook.cells.filter((candidate) => !candidate.metadata.tags?.includes(INJECTED_TAG))
  notebook.cells.splice(notebook.cells.indexOf(cell) + 1, 0, injected)
}

function assignment(name: string, value: unknown, declared: ReadonlyMap<string, Parameter>): string {
  const parameter = declared.get(name)
  if (parameter === undefined || parameter.isConst) {
    const names = [...declared].filter(([, { isConst }]) => !isConst).map(([known]) => known)
    const known = names.length === 0 ? 'it declares none' : `it declares ${names.join(', ')}`
    const message = `parameter ${JSON.stringify(name)} must be declared with let in the cell tagged "parameters"; ${known}.`
    throw new MedtuneError('INVALID_ARGUMENT', message)
  }
  const given = typeof value === 'string' && !parameter.isText ? parseValue(value) : value
  return `${name} = ${JSON.stringify(given)}`
}

/** `20`, `true`, `[1, 2]` are what they look like; anything that is not JSON is text. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function declaredParameters(source: string): Promise<Map<string, Parameter>> {
  // Loaded on use: the compiler is large and most notebooks run without parameters.
  const { default: ts } = await import('typescript')
  const file = ts.createSourceFile('parameters.ts', source, ts.ScriptTarget.Latest, true)
  const isText = (type: string | undefined, initializer: Expression | undefined) =>
    type === 'string' ||
    (type === undefined && initializer !== undefined && ts.isStringLiteralLike(initializer))
  const parameters = new Map<string, Parameter>()
  for (const statement of file.statements.filter((one): one is VariableStatement =>
    ts.isVariableStatement(one),
  )) {
    const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0
    for (const { name, type, initializer } of statement.declarationList.declarations) {
      if (ts.isIdentifier(name))
        parameters.set(name.text, { isConst, isText: isText(type?.getText(file), initializer) })
    }
  }
  return parameters
}
