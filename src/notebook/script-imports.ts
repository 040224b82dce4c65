import type { ScriptImport } from './script-cell.js'

/**
 * The imports of a whole script: every cell brings its own, the script has each name once, at its top. A name that
 * is taken by something else is imported where the cell stood, into the cell's own block.
 */
export class ScriptImports {
  readonly #modules = new Map<string, ScriptImport[]>()
  /** Local name → what it means. */
  readonly #names = new Map<string, string>()

  /** @param isTaken whether a variable of the script has this name already */
  add(imports: readonly ScriptImport[], isTaken: (name: string) => boolean): ScriptImport[] {
    const inPlace: ScriptImport[] = []
    for (const one of imports) {
      const clashes = meanings(one).some(
        ([local, meaning]) => isTaken(local) || (this.#names.get(local) ?? meaning) !== meaning,
      )
      if (clashes) {
        inPlace.push(one)
        continue
      }
      this.#hoist(one)
    }
    return inPlace
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  #hoist(one: ScriptImport): void {
    const news = meanings(one).filter(([local]) => !this.#names.has(local))
    const isSideEffectOnly = meanings(one).length === 0
    const known = this.#modules.get(one.module) ?? []
    if (news.length === 0 && !(isSideEffectOnly && known.length === 0)) return
    for (const [local, meaning] of news) this.#names.set(local, meaning)
    const isNew = (local: string | undefined) => news.some(([name]) => name === local)
    this.#modules.set(one.module, [
      ...known,
      { ...one, named: one.named.filter(({ local }) => isNew(local)) },
    ])
  }

  /** The import lines. */
  toString(): string {
    return [...this.#modules.values()].flatMap((imports) => merge(imports).map(format)).join('\n')
  }
}

/** An import as a statement of a block; types need none. */
export function dynamicImport({
  module,
  defaultName,
  namespaceName,
  named,
  isTypeOnly,
}: ScriptImport): string {
  if (isTypeOnly) return ''
  const load = `await import(${JSON.stringify(module)})`
  if (namespaceName !== undefined) return `const ${namespaceName} = ${load}`
  const values = named.filter((one) => !one.isTypeOnly)
  const parts = values.map(({ imported, local }) => (imported === local ? local : `${imported}: ${local}`))
  if (defaultName !== undefined) parts.unshift(`default: ${defaultName}`)
  return `const { ${parts.join(', ')} } = ${load}`
}

function meanings({
  module,
  defaultName,
  namespaceName,
  named,
}: ScriptImport): [local: string, meaning: string][] {
  const own: [string, string][] = named.map(({ imported, local }) => [local, `${module}#${imported}`])
  if (defaultName !== undefined) own.push([defaultName, `${module}#default`])
  if (namespaceName !== undefined) own.push([namespaceName, `${module}#*`])
  return own
}

/** Named imports of one module on one line; a namespace cannot share its line with names. */
function merge(imports: readonly ScriptImport[]): ScriptImport[] {
  const plain = imports.filter(
    (one) => !one.isTypeOnly && one.namespaceName === undefined && one.defaultName === undefined,
  )
  const first = plain[0]
  if (first === undefined) return [...imports]
  const merged = { ...first, named: plain.flatMap((one) => one.named) }
  return [merged, ...imports.filter((one) => !plain.includes(one))]
}

function format({ module, isTypeOnly, defaultName, namespaceName, named }: ScriptImport): string {
  const from = JSON.stringify(module).replaceAll('"', "'")
  const names = named.map(
    ({ imported, local, isTypeOnly: isType }) =>
      `${isType ? 'type ' : ''}${imported === local ? local : `${imported} as ${local}`}`,
  )
  const clause = [
    defaultName,
    namespaceName === undefined ? undefined : `* as ${namespaceName}`,
    names.length === 0 ? undefined : `{ ${names.join(', ')} }`,
  ].filter((part) => part !== undefined)
  return clause.length === 0
    ? `import ${from}`
    : `import ${isTypeOnly ? 'type ' : ''}${clause.join(', ')} from ${from}`
}
