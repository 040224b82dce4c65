import type { Expression, ImportDeclaration, SourceFile, Statement, VariableStatement } from 'typescript'

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

/** @param show name of the function that shows a cell's last expression */
export function takeApart(ts: TypeScript, source: string, show: string): ScriptCell {
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
      if (ts.isVariableStatement(statement)) edits.push(...widenings(ts, statement, file))
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
  if (ts.isBinaryExpression(awaited) && awaited.operatorToken.kind === ts.SyntaxKind.EqualsToken) return false
  return !SELF_SHOWING.test(awaited.getText(file))
}

/** A statement with the rest of its line. */
function removal(statement: Statement, file: SourceFile): Edit {
  const rest = /^[ \t;]*\n?/.exec(file.text.slice(statement.end))?.[0] ?? ''
  return { start: statement.getStart(file), end: statement.end + rest.length, text: '' }
}

/**
 * `let mode: 'a' | 'b' = 'a'` becomes `let mode = 'a' as 'a' | 'b'`. In one file the compiler would take `mode` for
 * 'a' from there on and reject `mode === 'b'`, which is right in a notebook, where the next cell may assign it.
 */
function widenings(ts: TypeScript, statement: VariableStatement, file: SourceFile): Edit[] {
  if ((statement.declarationList.flags & ts.NodeFlags.Let) === 0) return []
  return statement.declarationList.declarations.flatMap(({ name, type, initializer }) => {
    if (type === undefined || initializer === undefined) return []
    const widened = `${name.getText(file)} = ${initializer.getText(file)} as ${type.getText(file)}`
    return [{ start: name.getStart(file), end: initializer.end, text: widened }]
  })
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
