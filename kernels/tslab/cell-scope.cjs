// @ts-check
'use strict'
// The variables that cells share. Each name leads to the live binding of the cell that declared it last.

/**
 * @typedef {{ get(): unknown, set?(value: unknown): void, isImported?: boolean }} Accessor
 */

class CellScope {
  /** @type {Map<string, Accessor>} */
  #accessors = new Map()

  /**
   * The `exports` object of one cell, in the sense of its CommonJS form.
   *
   * @param {string[]} exportedNames  names that the cell itself declares or imports
   * @param {string} [resultName]  name under which the converter exports the value of the last expression
   */
  forCell(exportedNames, resultName) {
    const own = new Set(exportedNames)
    /** @type {Map<string, Accessor | undefined>} what this cell replaced */
    const replaced = new Map()
    /** @type {Set<string>} */
    const bound = new Set()
    /** @type {unknown} */
    let result
    const define = (/** @type {string} */ name, /** @type {Accessor} */ accessor) => {
      if (!replaced.has(name)) replaced.set(name, this.#accessors.get(name))
      this.#accessors.set(name, accessor)
    }
    const exports = new Proxy(/** @type {Record<string, unknown>} */ ({}), {
      get: (_target, name) => this.#accessors.get(String(name))?.get(),
      set: (_target, name, value) => {
        if (name === resultName) result = value
        else this.#assign(String(name), value, { own, bound, define })
        return true
      },
      defineProperty: (_target, name, { get, value }) => {
        if (name !== '__esModule') define(String(name), { get: get ?? (() => value), isImported: true })
        return true
      },
    })
    return {
      exports,
      result: () => result,
      /** @param {Record<string, Accessor>} accessors */
      bind: (accessors) => {
        for (const [name, accessor] of Object.entries(accessors)) {
          bound.add(name)
          define(name, accessor)
        }
      },
      /** After a failure: names whose declaration was never reached mean again what they meant before. */
      restoreUnreached: () => {
        for (const [name, before] of replaced)
          if (before && !isReached(this.#accessors.get(name))) this.#accessors.set(name, before)
      },
    }
  }

  /** All variables, sorted by name. */
  entries() {
    const entries = [...this.#accessors].map(([name, { get, isImported = false }]) => ({
      name,
      get,
      isImported,
    }))
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * @param {string} name
   * @param {unknown} value
   * @param {{ own: Set<string>, bound: Set<string>, define(name: string, accessor: Accessor): void }} cell
   */
  #assign(name, value, { own, bound, define }) {
    // The cell's own variable holds the value already, and its accessor reads it there.
    if (bound.has(name)) return
    if (!own.has(name)) this.#accessors.get(name)?.set?.(value)
    // `exports.name = void 0` announces an import; its value follows.
    else if (value !== undefined) define(name, { get: () => value, isImported: true })
  }
}

/** @param {Accessor | undefined} accessor */
function isReached(accessor) {
  try {
    accessor?.get()
    return true
  } catch {
    return false
  }
}

module.exports = { CellScope }
