/**
 * A seed of its own for each module: what is drawn for one does not depend on which others exist or in which order
 * they run. FNV-1a over "seed:path".
 * @see Fowler, Noll & Vo, http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function moduleSeed(seed: number, path: string): number {
  let hash = 0x811c9dc5
  for (const char of `${seed}:${path}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}
