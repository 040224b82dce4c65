// @ts-check
'use strict'
// Which names a cell declares, assigns and uses: what must be known to tell which cells depend on which.
const { ts } = require('./typescript-host.cjs')

/**
 * @typedef {object} CellNames
 * @property {string[]} declares  at its top level, imports and types too
 * @property {string[]} assigns  variables of other cells that it sets
 * @property {string[]} uses  names that it reads and does not declare, globals among them
 */

const FILE = 'cell.ts'
const OPTIONS = {
  noLib: true,
  noResolve: true,
  types: [],
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
}

/** A program of this one file: its checker knows the scopes, and what it does not find is of another cell. */
function programOf(/** @type {string} */ code) {
  const file = ts.createSourceFile(FILE, code, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS)
  const host = {
    getSourceFile: (/** @type {string} */ name) => (name === FILE ? file : undefined),
    writeFile: () => {},
    getDefaultLibFileName: () => 'lib.d.ts',
    useCaseSensitiveFileNames: () => true,
    getCanonicalFileName: (/** @type {string} */ name) => name,
    getCurrentDirectory: () => '',
    getNewLine: () => '\n',
    fileExists: (/** @type {string} */ name) => name === FILE,
    readFile: () => undefined,
  }
  return { file, checker: ts.createProgram([FILE], OPTIONS, host).getTypeChecker() }
}

/** @param {any} pattern @returns {string[]} */
function namesOfPattern(pattern) {
  if (ts.isIdentifier(pattern)) return [pattern.text]
  return pattern.elements.flatMap((/** @type {any} */ element) =>
    element.name ? namesOfPattern(element.name) : [],
  )
}

/** @param {any} clause of an import @returns {string[]} */
function importedNames({ name, namedBindings }) {
  const own = name ? [name.text] : []
  if (!namedBindings) return own
  if (ts.isNamespaceImport(namedBindings)) return [...own, namedBindings.name.text]
  return [...own, ...namedBindings.elements.map((/** @type {any} */ element) => element.name.text)]
}

/** @param {any} statement @returns {string[]} */
function declaredBy(statement) {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap((/** @type {any} */ one) =>
      namesOfPattern(one.name),
    )
  if (ts.isImportDeclaration(statement))
    return statement.importClause ? importedNames(statement.importClause) : []
  const isNamed = ts.isDeclarationStatement(statement) && 'name' in statement && statement.name
  return isNamed && ts.isIdentifier(statement.name) ? [statement.name.text] : []
}

/** Whether the identifier stands for a variable or type, and not for a member, a label or its own declaration. */
function isReference(/** @type {any} */ identifier) {
  const { parent } = identifier
  if (ts.isQualifiedName(parent)) return parent.left === identifier
  if (ts.isShorthandPropertyAssignment(parent)) return true
  return parent.name !== identifier && parent.propertyName !== identifier && parent.label !== identifier
}

/** @param {string} code @returns {CellNames} */
function cellNames(code) {
  const { file, checker } = programOf(code)
  const declares = new Set(file.statements.flatMap(declaredBy))
  /** @type {Set<string>} */
  const assigns = new Set()
  /** @type {Set<string>} */
  const uses = new Set()
  const meaning = ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace
  const visit = (/** @type {any} */ node) => {
    if (ts.isImportDeclaration(node)) return
    if (ts.isIdentifier(node) && node.text !== '' && isReference(node)) {
      if (checker.resolveName(node.text, node, meaning, false)) return
      const target = ts.getAssignmentTargetKind(node)
      if (target !== ts.AssignmentKind.None) assigns.add(node.text)
      if (target !== ts.AssignmentKind.Definite) uses.add(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return { declares: [...declares], assigns: [...assigns], uses: [...uses] }
}

module.exports = { cellNames }
