/**
 * Orders two release versions of Python packages: `12.9.1.4` after `12.9.0.13`. A missing part counts as 0.
 * @returns below 0 when `a` comes first
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  for (let part = 0; part < Math.max(left.length, right.length); part++) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const clausePattern = /^\s*(==|!=|>=|<=|>|<|~=)\s*(\d+(?:\.\d+)*)(\.\*)?\s*$/

/**
 * Whether a release version meets a specifier as package metadata writes it: `<13.0,>=12.5.3.2`, `==2.21.*`.
 * A clause this does not know (pre-releases, local versions) is not met.
 * @see https://peps.python.org/pep-0440/#version-specifiers
 */
export function meetsSpecifier(version: string, specifier: string): boolean {
  if (!/^\d+(\.\d+)*$/.test(version)) return false
  if (specifier.trim() === '') return true
  return specifier.split(',').every((clause) => {
    const [, operator, operand, wildcard] = clausePattern.exec(clause) ?? []
    return operator !== undefined && operand !== undefined && meets(version, operator, operand, wildcard)
  })
}

function meets(version: string, operator: string, operand: string, wildcard: string | undefined): boolean {
  const order = compareVersions(version, operand)
  const within = version === operand || version.startsWith(`${operand}.`)
  switch (operator) {
    case '==':
      return wildcard === undefined ? order === 0 : within
    case '!=':
      return wildcard === undefined ? order !== 0 : !within
    case '~=':
      return order >= 0 && version.startsWith(`${operand.slice(0, operand.lastIndexOf('.'))}.`)
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    default:
      return order < 0
  }
}

/** What a person means by a version: `2.21` is any 2.21.x, `2.21.0` that one. */
export function versionSpecifier(version: string): string {
  return version.split('.').length < 3 ? `==${version}.*` : `==${version}`
}
