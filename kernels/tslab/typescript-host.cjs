// @ts-check
'use strict'
// tslab's converter asks its TypeScript for a watch host with fixed options. This module wraps that call before the
// converter is loaded, which gives cells: package `exports`, the strictness of the nearest tsconfig.json, the
// libraries of this Node, modules found from this package too, and a real `import()`.
const { createRequire } = require('node:module')
const path = require('node:path')
const { createProgramWith } = require('./previous-names.cjs')

const requireFromTslab = createRequire(require.resolve('tslab'))
/** @type {any} tslab carries its own TypeScript with internals opened; its type declarations leave those out. */
const ts = requireFromTslab('@tslab/typescript-for-tslab')

const INLINE_MAP = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/
/** Ends the code of a converted cell; its two source maps follow. */
const MAPS_MARK = '\n//# cell-source-maps='

const STRICTNESS = [
  'strict',
  'noImplicitAny',
  'strictNullChecks',
  'strictFunctionTypes',
  'strictBindCallApply',
  'strictPropertyInitialization',
  'noImplicitThis',
  'useUnknownInCatchVariables',
  'noUncheckedIndexedAccess',
  'exactOptionalPropertyTypes',
  'noImplicitOverride',
  'noFallthroughCasesInSwitch',
]

/**
 * Strictness of the nearest tsconfig.json at or above the folder; `strict` where there is none.
 *
 * @param {string} folder
 */
function strictnessOf(folder) {
  const file = ts.findConfigFile(folder, ts.sys.fileExists)
  if (file === undefined) return { strict: true }
  const { config } = ts.readConfigFile(file, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, files: [], include: [] },
    ts.sys,
    path.dirname(file),
  )
  return Object.fromEntries(STRICTNESS.filter((name) => name in options).map((name) => [name, options[name]]))
}

/** Makes `import(x)` call the cell's own importer: the CommonJS output would turn it into `require`. */
function renameDynamicImport(/** @type {any} */ context) {
  const visit = (/** @type {any} */ node) => {
    const visited = ts.visitEachChild(node, visit, context)
    if (!ts.isCallExpression(visited) || visited.expression.kind !== ts.SyntaxKind.ImportKeyword)
      return visited
    const importer = ts.factory.createPropertyAccessExpression(
      ts.factory.createIdentifier('__cell'),
      'import',
    )
    return ts.factory.updateCallExpression(visited, importer, undefined, visited.arguments)
  }
  return (/** @type {any} */ file) => ts.visitNode(file, visit)
}

/**
 * Where a notebook far from this package finds its modules. The compiler's own resolution stays in place: one of
 * ours would switch off its cache and make every cell ten times slower.
 *
 * @param {string} folder
 * @param {string} packageRoot
 */
function packagePaths(folder, packageRoot) {
  const options = { moduleResolution: ts.ModuleResolutionKind.Bundler }
  const { name } = require('../../package.json')
  if (ts.resolveModuleName(name, path.join(folder, 'cell.ts'), options, ts.sys).resolvedModule) return {}
  const modules = path.join(packageRoot, 'node_modules')
  return { paths: { [name]: [packageRoot], '*': [`${modules}/*`, `${modules}/@types/*`] } }
}

/**
 * tslab has one timer, for the program. The compiler has a second one, for modules that it did not find: both at once,
 * as when packages are installed while a notebook is open, would end the kernel.
 *
 * @param {any} system tslab's; changed
 */
function addLookupTimer(system) {
  const forProgram = { set: system.setTimeout, clear: system.clearTimeout }
  /** @type {Set<unknown>} */
  const timers = new Set()
  system.setTimeout = (/** @type {() => void} */ callback, /** @type {number} */ ms) => {
    if (callback.name !== 'invalidateResolutionsOfFailedLookup') return forProgram.set(callback)
    const timer = setTimeout(() => {
      timers.delete(timer)
      callback()
    }, ms)
    timers.add(timer)
    return timer
  }
  system.clearTimeout = (/** @type {any} */ timer) => {
    if (timers.delete(timer)) clearTimeout(timer)
    else forProgram.clear(timer)
  }
}

/**
 * tslab on the wrapped TypeScript; nothing may load its modules before.
 *
 * @param {{ folder: string, packageRoot: string }} options
 */
function loadTslab({ folder, packageRoot }) {
  const createHost = ts.createWatchCompilerHost
  const transpile = ts.transpileModule
  const id = requireFromTslab.resolve('@tslab/typescript-for-tslab')
  const module = require.cache[id]
  if (module === undefined) throw new Error('TypeScript is loaded but not in the module cache')
  module.exports = {
    ...ts,
    createWatchCompilerHost(
      /** @type {string[]} */ files,
      /** @type {object} */ options,
      /** @type {any} */ system,
      /** @type {null} */ _createProgram,
      /** @type {any[]} */ ...reporters
    ) {
      const own = {
        moduleResolution: ts.ModuleResolutionKind.Bundler,
        lib: ['lib.es2023.d.ts'],
        inlineSourceMap: true,
        ...strictnessOf(folder),
        ...packagePaths(folder, packageRoot),
      }
      addLookupTimer(system)
      return createHost(files, { ...options, ...own }, system, createProgramWith(ts), ...reporters)
    },
    transpileModule: (/** @type {string} */ text, /** @type {{ compilerOptions: object }} */ options) => {
      // Two steps, two source maps: the converter's own comes in as a comment, the second one goes out beside it.
      const [, firstMap = ''] = INLINE_MAP.exec(text) ?? []
      const { outputText, sourceMapText = '' } = transpile(text.replace(INLINE_MAP, ''), {
        ...options,
        compilerOptions: { ...options.compilerOptions, sourceMap: true },
        transformers: { before: [renameDynamicImport] },
      })
      const secondMap = Buffer.from(sourceMapText).toString('base64')
      return {
        outputText: `${outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, '')}${MAPS_MARK}${firstMap},${secondMap}`,
      }
    },
  }
  const { createConverter, isCompleteCode } = require('tslab/dist/converter.js')
  const { printQuickInfo } = require('tslab/dist/inspect.js')
  const { getCodeMetadata } = require('tslab/dist/metadata.js')
  return {
    converter: createConverter({ isJS: false, isBrowser: false }),
    isCompleteCode,
    printQuickInfo,
    getCodeMetadata,
  }
}

module.exports = { loadTslab, ts, MAPS_MARK }
