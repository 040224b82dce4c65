// @ts-check
'use strict'
// tslab turns a name that an earlier cell declared into `exports.name`, and has two holes: it overlooks `{ name }`,
// and it takes the `name` of `const { name: other } = …` for a variable. Both are closed before it looks.

/** The file in which tslab keeps the declarations of earlier cells. */
const PREVIOUS_CELLS = /(^|\/)__prev__\.d\.ts$/

/**
 * @param {any} ts  TypeScript with its internals
 * @param {any} checker
 * @returns a transformer that runs before tslab's own
 */
function completePreviousNames(ts, checker) {
  const { factory } = ts
  const isPrevious = (/** @type {any} */ symbol) =>
    (symbol?.declarations ?? []).some((/** @type {any} */ declaration) =>
      PREVIOUS_CELLS.test(declaration.getSourceFile().fileName),
    )

  /**
   * `{ name }` as `{ name: exports.name }`, in literals and as the target of an assignment.
   *
   * @param {any} node
   * @param {any} fallback  default value of an assignment's target, already visited
   */
  function spellOut(node, fallback) {
    const variable = factory.createPropertyAccessExpression(
      factory.createIdentifier('exports'),
      node.name.text,
    )
    const value = fallback ? factory.createAssignment(variable, fallback) : variable
    return ts.setTextRange(factory.createPropertyAssignment(node.name.text, value), node)
  }

  return (/** @type {any} */ context) => {
    const visit = (/** @type {any} */ original) => {
      const node = ts.visitEachChild(original, visit, context)
      if (
        ts.isShorthandPropertyAssignment(node) &&
        isPrevious(checker.getShorthandAssignmentValueSymbol(original))
      ) {
        return spellOut(node, node.objectAssignmentInitializer)
      }
      if (ts.isBindingElement(node) && node.propertyName && ts.isIdentifier(node.propertyName)) {
        const key = factory.createStringLiteral(node.propertyName.text)
        return factory.updateBindingElement(node, node.dotDotDotToken, key, node.name, node.initializer)
      }
      return node
    }
    return (/** @type {any} */ file) => ts.visitNode(file, visit)
  }
}

/**
 * Adds the transformer to whatever a builder program emits.
 *
 * @param {any} ts
 * @returns a function that makes builder programs, as `ts.createWatchCompilerHost` takes it
 */
function createProgramWith(ts) {
  return (/** @type {any[]} */ ...programArguments) => {
    const builder = ts.createEmitAndSemanticDiagnosticsBuilderProgram(...programArguments)
    const { emit } = builder
    builder.emit = (
      /** @type {any} */ file,
      /** @type {any} */ write,
      /** @type {any} */ token,
      /** @type {any} */ onlyDeclarations,
      /** @type {any} */ transformers,
    ) => {
      const before = [
        completePreviousNames(ts, builder.getProgram().getTypeChecker()),
        ...(transformers?.before ?? []),
      ]
      return emit(file, write, token, onlyDeclarations, { ...transformers, before })
    }
    return builder
  }
}

module.exports = { createProgramWith }
