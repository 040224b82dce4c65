/** Why a pattern may not run over texts of strangers, as the end of a sentence `the pattern must …`. */
export interface PatternFault {
  readonly rule: string
  readonly got: string
}

/** What matching a piece of a pattern from one place can cost. */
interface Cost {
  /** In how many ways it can match: what a failure behind it makes the engine try again. */
  readonly ways: number
  /** Characters looked at over all those ways. */
  readonly steps: number
  /** Fewest characters of a match. */
  readonly shortest: number
}

/** From one place in the text; times the length of the text it bounds the whole search. */
const mostSteps = 4096
const nothing: Cost = { ways: 1, steps: 0, shortest: 0 }
const character: Cost = { ways: 1, steps: 1, shortest: 1 }

class Refusal extends Error {
  readonly fault: PatternFault

  constructor(fault: PatternFault) {
    super(fault.rule)
    this.fault = fault
  }
}

/**
 * Finds what could make a backtracking search of this pattern slower than linear: quantifiers without an upper bound,
 * nested or neighbouring quantifiers whose combinations multiply, backreferences. Counts the ways from above: it
 * refuses some harmless patterns and passes no harmful one.
 *
 * @param source of a regular expression that is valid with the flag `u`
 * @returns undefined for a pattern that may be used
 */
export function findPatternFault(source: string): PatternFault | undefined {
  try {
    const { steps, shortest } = new CostReader(source).read()
    if (shortest === 0)
      return { rule: 'match at least one character', got: 'one that matches the empty text' }
    if (steps <= mostSteps) return undefined
    return {
      rule: `need at most ${mostSteps} steps from one place in the text`,
      got: `nested or neighbouring quantifiers that need ${steps < 1e9 ? steps : 'over a billion'}`,
    }
  } catch (error) {
    if (error instanceof Refusal) return error.fault
    throw error
  }
}

/** Reads a regular expression from left to right and adds up its cost. */
class CostReader {
  readonly #source: string
  #at = 0
  #lookbehinds = 0

  constructor(source: string) {
    this.#source = source
  }

  read(): Cost {
    let total = this.#sequence()
    while (this.#take('|')) {
      const other = this.#sequence()
      total = {
        ways: total.ways + other.ways,
        steps: total.steps + other.steps,
        shortest: Math.min(total.shortest, other.shortest),
      }
    }
    return total
  }

  #sequence(): Cost {
    let total = nothing
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] ?? '')) {
      const next = this.#repeated(this.#atom())
      total = {
        ways: total.ways * next.ways,
        steps: total.steps + total.ways * next.steps,
        shortest: total.shortest + next.shortest,
      }
    }
    return total
  }

  #atom(): Cost {
    if (this.#take('(')) return this.#group()
    const [token = ''] = this.#match(/\[(?:\\.|[^\]\\])*\]|\\(?:[pPu]\{[^}]*\}|u\w{4}|x\w\w|c\w|.)|./suy)
    if (/^\\[1-9k]/.test(token))
      throw new Refusal({ rule: 'have no backreference', got: `${token} at character ${this.#at}` })
    return token === '^' || token === '$' || /^\\b$/i.test(token) ? nothing : character
  }

  #group(): Cost {
    const [opening = ''] = this.#match(/\?(?:<?[=!]|<[^>]*>|[a-z-]*:)|/uy)
    const isLookbehind = opening.startsWith('?<=') || opening.startsWith('?<!')
    const isLookaround = isLookbehind || opening === '?=' || opening === '?!'
    if (isLookbehind) this.#lookbehinds++
    const inside = this.read()
    if (isLookbehind) this.#lookbehinds--
    this.#take(')')
    // The engine never comes back into a look-around to try another way.
    return isLookaround ? { ways: 1, steps: inside.steps, shortest: 0 } : inside
  }

  #repeated(atom: Cost): Cost {
    const start = this.#at
    const [quantifier = '', least = '', comma = '', most = ''] = this.#match(
      /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??|/uy,
    )
    if (quantifier === '') return atom
    const isOptional = quantifier.startsWith('?')
    if (!isOptional && (least === '' || (comma !== '' && most === ''))) {
      const place = this.#lookbehinds > 0 ? 'a look-behind of bounded length' : 'bounded quantifiers only'
      throw new Refusal({
        rule: `have ${place}, {1,20} for example`,
        got: `${quantifier} at character ${start + 1}`,
      })
    }
    return isOptional ? times(atom, 0, 1) : times(atom, Number(least), Number(comma === '' ? least : most))
  }

  #take(expected: string): boolean {
    const isThere = this.#source[this.#at] === expected
    if (isThere) this.#at++
    return isThere
  }

  #match(sticky: RegExp): RegExpExecArray | readonly string[] {
    sticky.lastIndex = this.#at
    const match = sticky.exec(this.#source) ?? []
    this.#at += match[0]?.length ?? 0
    return match
  }
}

/** The cost of `atom{least,most}`: every further repetition multiplies the ways. */
function times(atom: Cost, least: number, most: number): Cost {
  let ways = least === 0 ? 1 : 0
  let steps = 0
  let waysSoFar = 1
  for (let count = 1; count <= most && steps <= mostSteps * mostSteps; count++) {
    steps += waysSoFar * Math.max(1, atom.steps)
    waysSoFar *= atom.ways
    if (count >= least) ways += waysSoFar
  }
  return { ways: Math.max(1, ways), steps, shortest: atom.shortest * least }
}
