// @ts-check
'use strict'
// `require` and `import()` of cells: packages from the notebook's folder, then from this package; TypeScript files of
// the folder in the form the converter made of them; tslab's own display module.
const Module = require('node:module')
const path = require('node:path')
const vm = require('node:vm')

/**
 * @param {{ folder: string, packageRoot: string, displayTslab(content: object, isUpdate: boolean): void }} options
 */
function createCellModules({ folder, packageRoot, displayTslab }) {
  const fromFolder = Module.createRequire(path.join(folder, 'cell.js'))
  const fromPackage = Module.createRequire(path.join(packageRoot, 'cell.js'))
  /** @type {Map<string, string>} JavaScript of converted files by path */
  const sources = new Map()
  /** @type {Map<string, Module>} */
  const loaded = new Map()

  /** @param {string} id */
  function requirePackage(id) {
    if (id === 'tslab') {
      require('tslab/dist/jupyter.js').lastWriteDisplayData = displayTslab
      return require('tslab')
    }
    try {
      fromFolder.resolve(id)
    } catch (error) {
      if (/^\.{0,2}\//.test(id)) throw error
      return fromPackage(id)
    }
    return fromFolder(id)
  }

  /** @param {string} id @param {string} from @returns {Module | undefined} */
  function converted(id, from) {
    if (!id.startsWith('.')) return undefined
    const base = path.resolve(from, id).replaceAll(path.sep, '/')
    const file = [base, `${base}.js`, `${base}/index.js`].find((candidate) => sources.has(candidate))
    return file === undefined ? undefined : (loaded.get(file) ?? compile(file))
  }

  /** @param {string} file */
  function compile(file) {
    /** @type {any} the methods that Node's own loader uses are not in its type declarations */
    const module = new Module(file)
    module.filename = file
    module.paths = Module.createRequire(file).resolve.paths('x') ?? []
    loaded.set(file, module)
    const require = (/** @type {string} */ id) =>
      converted(id, path.dirname(file))?.exports ?? requirePackage(id)
    module.require = require
    const wrapper = vm.runInThisContext(Module.wrap(sources.get(file) ?? ''), { filename: file })
    wrapper.call(module.exports, module.exports, require, module, file, path.dirname(file))
    return module
  }

  const importers = [folder, packageRoot].map((from) =>
    new vm.Script('(specifier) => import(specifier)', {
      filename: path.join(from, 'cell.js'),
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }).runInThisContext(),
  )

  return {
    /** @param {string} id */
    require: (id) => converted(id, folder)?.exports ?? requirePackage(id),

    /** @param {string} specifier */
    async import(specifier) {
      const module = converted(specifier, folder)
      if (module) return module.exports
      try {
        return await importers[0](specifier)
      } catch (error) {
        const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
        if (!isMissing || /^\.{0,2}\//.test(specifier) || !error.message.includes(`'${specifier}'`))
          throw error
        return importers[1](specifier)
      }
    },

    /** @param {{ path: string, data: string }[]} files  converted files; a changed file is loaded anew */
    add(files) {
      for (const { path: file, data } of files) {
        sources.set(file, data)
        loaded.delete(file)
      }
    },
  }
}

module.exports = { createCellModules }
