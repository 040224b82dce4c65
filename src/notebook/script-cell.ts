import type { BinaryExpression, Expression, ImportDeclaration, SourceFile, Statement } from 'typescript'

type TypeScript = typeof import('typescript')

/** A code cell taken apart for a script. */
export interface ScriptCell {
  readonly imports: readonly ScriptImport[]
  /** The code without its imports; the last expression is shown. */
  readonly body: string
  /** Variables, functions, classes and types declared at the top level. */
  readonly names: readonly string[]
}

export interface ScriptImport {
  readonly module: string
  readonly isTypeOnly: boolean
  readonly defaultName?: string
  readonly namespaceName?: string
  readonly named: readonly {
    readonly imported: string
    readonly local: string
    readonly isTypeOnly: boolean
  }[]
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Calls whose value nobody wants to see after what they have printed themselves. */
const SELF_SHOWING = /^(console\.|display\(|clearOutput\(|process\.std)/

export interface ScriptContext {
  readonly ts: TypeScript
  /** Name of the function that shows a cell's last expression. */
  readonly show: string
  /** Declared types of the variables so far, by name; grows with every cell. */
  readonly types: Map<string, string>
}

export function takeApart(source: string, { ts, show, types }: ScriptContext): ScriptCell {
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true)
  const edits: Edit[] = []
  const imports: ScriptImport[] = []
  const names: string[] = []
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) {
      imports.push(describeImport(ts, statement))
      edits.push(removal(statement, file))
    } else {
      names.push(...declaredNames(ts, statement))
      edits.push(...widenings(ts, statement, file, types))
    }
  }
  const last = file.statements.at(-1)
  if (last && ts.isExpressionStatement(last) && isWorthShowing(ts, last.expression, file)) {
    const { expression } = last
    edits.push({
      start: expression.getStart(file),
      end: last.end,
      text: `${show}(${expression.getText(file)})`,
    })
  }
  return { imports, body: applyEdits(source, edits).trim(), names }
}

function isWorthShowing(ts: TypeScript, expression: Expression, file: SourceFile): boolean {
  const awaited = ts.isAwaitExpression(expression) ? expression.expression : expression
  return !isAssignment(ts, awaited) && !SELF_SHOWING.test(awaited.getText(file))
}

/** A statement with the rest of its line. */
function removal(statement: Statement, file: SourceFile): Edit {
  const rest = /^[ \t;]*\n?/.exec(file.text.slice(statement.end))?.[0] ?? ''
  return { start: statement.getStart(file), end: statement.end + rest.length, text: '' }
}

/**
 * `let mode: 'a' | 'b' = 'a'` becomes `let mode = 'a' as 'a' | 'b'`, and `mode = 'a'` becomes `mode = 'a' as 'a' | 'b'`.
 * In one file the compiler would take `mode` for 'a' from there on and reject `mode === 'b'`, which is right in a
 * notebook, where any cell may assign it.
 *
 * @param types declared types of variables by name; those of this statement are added
 */
function widenings(
  ts: TypeScript,
  statement: Statement,
  file: SourceFile,
  types: Map<string, string>,
): Edit[] {
  const cast = (value: Expression, type: string) => {
    const text = value.getText(file)
    return `${ts.isLiteralExpression(value) || ts.isIdentifier(value) ? text : `(${text})`} as ${type}`
  }
  if (ts.isExpressionStatement(statement)) {
    const { expression } = statement
    if (!isAssignment(ts, expression)) return []
    const type = types.get(expression.left.getText(file))
    const { right } = expression
    return type === undefined
      ? []
      : [{ start: right.getStart(file), end: right.end, text: cast(right, type) }]
  }
  if (!ts.isVariableStatement(statement) || (statement.declarationList.flags & ts.NodeFlags.Let) === 0)
    return []
  return statement.declarationList.declarations.flatMap(({ name, type, initializer }) => {
    if (type === undefined || initializer === undefined) return []
    types.set(name.getText(file), type.getText(file))
    const text = `${name.getText(file)} = ${cast(initializer, type.getText(file))}`
    return [{ start: name.getStart(file), end: initializer.end, text }]
  })
}

function isAssignment(ts: TypeScript, expression: Expression): expression is BinaryExpression {
  return ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.EqualsToken
}

function describeImport(ts: TypeScript, { importClause, moduleSpecifier }: ImportDeclaration): ScriptImport {
  const module = ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : ''
  const bindings = importClause?.namedBindings
  const elements = bindings && ts.isNamedImports(bindings) ? [...bindings.elements] : []
  return {
    module,
    isTypeOnly: importClause?.isTypeOnly ?? false,
    ...(importClause?.name === undefined ? {} : { defaultName: importClause.name.text }),
    ...(bindings && ts.isNamespaceImport(bindings) ? { namespaceName: bindings.name.text } : {}),
    named: elements.map(({ name, propertyName, isTypeOnly }) => ({
      imported: (propertyName ?? name).text,
      local: name.text,
      isTypeOnly,
    })),
  }
}

function declaredNames(ts: TypeScript, statement: Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => bindingNames(ts, name))
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isModuleDeclaration(statement)
  return isNamed && statement.name ? [statement.name.text] : []
}

function bindingNames(ts: TypeScript, name: import('typescript').BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : bindingNames(ts, element.name),
  )
}

function applyEdits(source: string, edits: readonly Edit[]): string {
  let result = source
  for (const { start, end, text } of [...edits].sort((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + text + result.slice(end)
  }
  return result
}
