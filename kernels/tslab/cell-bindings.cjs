// @ts-check
'use strict'
// Which variables a converted cell declares at its top level. They are bound live, so that a `let` changed in one
// cell is changed for the functions of all others, as in one program.
const { ts } = require('./typescript-host.cjs')

/** @typedef {{ name: string, isConst: boolean, isImported: boolean }} Binding */

/** What an import becomes: `require('a')`, `__importStar(require('a'))`. @param {any} value @returns {boolean} */
const isImport = (value) =>
  value !== undefined &&
  ts.isCallExpression(value) &&
  /^(require|__importStar|__importDefault)$/.test(value.expression.text)

/** @param {any} pattern an identifier or a destructuring pattern @returns {string[]} */
function namesOf(pattern) {
  if (ts.isIdentifier(pattern)) return [pattern.text]
  const elements = pattern.elements.filter((/** @type {any} */ element) => element.name)
  return elements.flatMap((/** @type {any} */ element) => namesOf(element.name))
}

/** @param {string} javascript @returns {Binding[]} */
function topLevelBindings(javascript) {
  const file = ts.createSourceFile('cell.js', javascript, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS)
  /** @type {Binding[]} */
  const bindings = []
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0
      for (const declaration of statement.declarationList.declarations) {
        bindings.push(
          ...namesOf(declaration.name).map((name) => ({
            name,
            isConst,
            isImported: isImport(declaration.initializer),
          })),
        )
      }
    } else if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name) {
      bindings.push({ name: statement.name.text, isConst: false, isImported: false })
    }
  }
  const unique = new Map(bindings.map((binding) => [binding.name, binding]))
  return [...unique.values()]
}

/**
 * Names that the converted cell exports, in the order of `exports.a = exports.b = void 0`.
 *
 * @param {string} javascript
 */
function exportedNames(javascript) {
  const file = ts.createSourceFile('cell.js', javascript, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS)
  /** @type {string[]} */
  const names = []
  const collect = (/** @type {any} */ expression) => {
    if (!ts.isBinaryExpression(expression) || !ts.isPropertyAccessExpression(expression.left)) return
    if (expression.left.expression.text === 'exports') names.push(expression.left.name.text)
    collect(expression.right)
  }
  for (const statement of file.statements) {
    if (!ts.isExpressionStatement(statement)) continue
    if (/= void 0;?$/.test(statement.getText(file).trim())) collect(statement.expression)
  }
  return names
}

/**
 * Whether a cell ends with an assignment: then it shows nothing, as in other notebooks.
 *
 * @param {string} code
 */
function endsWithAssignment(code) {
  const last = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, false).statements.at(-1)
  if (!last || !ts.isExpressionStatement(last) || !ts.isBinaryExpression(last.expression)) return false
  const { kind } = last.expression.operatorToken
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
}

module.exports = { topLevelBindings, exportedNames, endsWithAssignment }
