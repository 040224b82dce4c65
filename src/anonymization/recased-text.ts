import { trait } from './lexicon/lexicon.js'
import { americanStates, brazilianStates } from './lexicon/places.js'
import type { ScannedText } from './scanned-text.js'
import { internWord, type Word } from './word.js'

const fewestWords = 8
const leastShare = 0.97
const stateCodes = new Set(`${brazilianStates} ${americanStates}`.toLowerCase().split(' '))
const known = trait.given | trait.surname
const ordinary =
  trait.safe |
  trait.safeEnding |
  trait.wordLike |
  trait.month |
  trait.people |
  trait.personVerb |
  trait.particle
const announcing = trait.title | trait.kin | trait.patient

const houses = new Set(
  'hospital maternidade clinica policlinica ubs upa laboratorio hemocentro santa pronto caps escola creche'.split(
    ' ',
  ),
)
const tails = new Set('hospital clinic center centre infirmary hospice pharmacy imaging'.split(' '))
/** Ordinary words inside names of houses and streets. */
const inHouses = new Set(
  `casa socorro municipal regional estadual federal infantil geral universitario universitaria central basica saude nossa senhora santa santo sao dom dona padre frei irma bom boa jesus sul norte leste oeste vila jardim parque novo nova
  general memorial community presbyterian methodist baptist mercy sacred heart holy good samaritan mount saint st university regional county children's women's medical urgent care`.split(
    /\s+/,
  ),
)
const streets = new Set(
  'viela beco largo ladeira rua r av avenida travessa tv alameda al praca rodovia estrada jd jardim vila'.split(
    ' ',
  ),
)
const suffixes =
  /^(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|highway|hwy|parkway|pkwy|circle|cir|terrace|trail)$/
const beforePlaces = /^(?:from|in|near|to|de|em|para|proc|procedente|natural|at)$/
const mostInStreet = 5

/**
 * A text all in lower case, its words written as if its author had used capitals: names, what stands beside them, houses,
 * streets and cities. Any other text is returned as it is. Offsets and text stay.
 */
export function recase(scanned: ScannedText): ScannedText {
  return isLowerCase(scanned.words) ? { ...scanned, words: recasedWords(scanned) } : scanned
}

function isLowerCase(words: readonly Word[]): boolean {
  let lower = 0
  let other = 0
  for (const { shape } of words) {
    if (shape === 'lower') lower++
    else if (shape === 'capitalised' || shape === 'upper') other++
    // Nearly every text is decided by its first words.
    if (other > 4 && other > lower) return false
  }
  return lower >= fewestWords && lower >= leastShare * (lower + other)
}

function recasedWords(scanned: ScannedText): Word[] {
  const isCapital = new Uint8Array(scanned.words.length)
  for (const [index, word] of scanned.words.entries()) {
    if (word.shape !== 'lower') continue
    if (isName(word)) isCapital[index] = 1
    if (houses.has(word.folded)) markHouse(scanned, index, isCapital)
    if (tails.has(word.folded)) markTail(scanned, index, isCapital)
    if (streets.has(word.folded)) markStreet(scanned, index, isCapital)
    if (suffixes.test(word.folded)) markAmericanStreet(scanned, index, isCapital)
    if ((word.traits & trait.place) !== 0) markPlace(scanned, index, isCapital)
  }
  // What stands beside a name is part of it: twice, for names of three words.
  for (let round = 0; round < 2; round++) markNeighbours(scanned, isCapital)
  return scanned.words.map((word, index) => {
    if (isCapital[index] === 0) return word
    return internWord(
      isCapital[index] === 2
        ? word.text.toUpperCase()
        : word.text.charAt(0).toUpperCase() + word.text.slice(1),
    )
  })
}

/** A name and no word. */
function isName({ traits, text }: Word): boolean {
  if (text.length < 3) return false
  return (traits & known) !== 0 && (traits & (trait.ambiguous | trait.safe | trait.eponym)) === 0
}

function gap({ text, starts, ends }: ScannedText, index: number): string {
  return text.slice(ends[index - 1] ?? 0, starts[index])
}

/** Ambiguous and unknown words and initials beside a name, or announced by a title or relative. */
function markNeighbours(scanned: ScannedText, isCapital: Uint8Array): void {
  for (const [index, word] of scanned.words.entries()) {
    if (isCapital[index] !== 0 || word.shape !== 'lower') continue
    const isDoubtful =
      word.text.length > 2 &&
      (word.traits & (known | trait.nameLike)) !== 0 &&
      (word.traits & (trait.personVerb | trait.particle)) === 0
    const isLetter = word.text.length === 1 && /^\. /.test(gap(scanned, index + 1))
    if (!isDoubtful && !isLetter) continue
    const before = previousWord(scanned, index)
    const after = nextWord(scanned, index)
    const isBeside = (before >= 0 && isCapital[before] === 1) || (after >= 0 && isCapital[after] === 1)
    const cue = scanned.words[index - 1]
    const isAnnounced =
      word.text.length > 3 &&
      !verbal.test(word.folded) &&
      cue !== undefined &&
      (cue.traits & announcing) !== 0 &&
      /^[.:]? {1,2}$/.test(gap(scanned, index))
    if (isBeside || isAnnounced || isWholeName(scanned, index)) isCapital[index] = 1
  }
}

const before =
  /^(?:by|for|with|named|called|por|chamad[oa]|patient|paciente|pt|pct|dr|dra|mr|mrs|ms|sr|sra|nome|name|on)$/

/** `by grace ortiz`: two words each an ordinary one too, in the order of a name behind a cue. */
function isWholeName(scanned: ScannedText, index: number): boolean {
  const given = scanned.words[index]
  const surname = scanned.words[index + 1]
  if (given === undefined || surname === undefined || gap(scanned, index + 1) !== ' ') return false
  return (
    (given.traits & trait.given) !== 0 &&
    (surname.traits & trait.surname) !== 0 &&
    before.test(scanned.words[index - 1]?.folded ?? '') &&
    /^[.:]? {1,2}$/.test(gap(scanned, index))
  )
}

/** Endings of verbs, which unknown words and names of one gender rarely have. */
const verbal = /(?:[aei]r|ou|[aei]va|[aei]ndo|[aei]ram|ando|ing|ed)$/

const joining = /^(?: |-|['’]|\. )$/

function previousWord(scanned: ScannedText, index: number): number {
  if (!joining.test(gap(scanned, index))) return -1
  const isParticle = ((scanned.words[index - 1]?.traits ?? 0) & trait.particle) !== 0
  if (!isParticle) return index - 1
  return gap(scanned, index - 1) === ' ' ? index - 2 : -1
}

function nextWord(scanned: ScannedText, index: number): number {
  if (index + 1 >= scanned.words.length || !joining.test(gap(scanned, index + 1))) return -1
  const isParticle = ((scanned.words[index + 1]?.traits ?? 0) & trait.particle) !== 0
  if (!isParticle) return index + 1
  return gap(scanned, index + 2) === ' ' ? index + 2 : -1
}

function isOwn(word: Word | undefined): boolean {
  return word?.shape === 'lower' && (inHouses.has(word.folded) || (word.traits & ordinary) === 0)
}

/** `hospital nossa senhora das dores`: words of its name behind it. */
function markHouse(scanned: ScannedText, head: number, isCapital: Uint8Array): void {
  let at = head + 1
  while (at <= head + mostInStreet && /^(?: |\. )$/.test(gap(scanned, at))) {
    const isParticle = /^(?:d[aeo]s?|of)$/.test(scanned.words[at]?.folded ?? '')
    const name = isParticle ? at + 1 : at
    const follows = at > head + 1 || (scanned.words[name]?.traits ?? 0) !== 0
    if (!isOwn(scanned.words[name]) && !(isParticle && follows && at > head + 1)) break
    isCapital[name] = 1
    at = name + 1
  }
  if (at > head + 1) isCapital[head] = 1
}

/** `st. francis medical center`: words of its name before it. */
function markTail(scanned: ScannedText, tail: number, isCapital: Uint8Array): void {
  let at = tail - 1
  while (
    at >= 0 &&
    at > tail - mostInStreet &&
    /^(?: |\. |['’])$/.test(gap(scanned, at + 1)) &&
    isOwn(scanned.words[at])
  ) {
    isCapital[at] = 1
    at--
  }
  if (at < tail - 1) isCapital[tail] = 1
}

/** `av. dom pedro ii, n° 690`: up to the number of the house. */
function markStreet(scanned: ScannedText, head: number, isCapital: Uint8Array): void {
  let at = head + 1
  while (
    at <= head + mostInStreet &&
    scanned.words[at]?.shape === 'lower' &&
    /^(?: |\. )$/.test(gap(scanned, at))
  )
    at++
  const isNumbered =
    scanned.words[at]?.shape === 'number' && /^(?: |, {1,2})(?:n[º°o.]{0,2} ?)?$/.test(gap(scanned, at))
  const district =
    /^(?:jd|jardim|vila)$/.test(scanned.words[head]?.folded ?? '') && at > head + 1 && at <= head + 3
  const number = isNumbered
    ? at
    : scanned.words[at + 1]?.shape === 'number' &&
        /^,? n$/.test(`${gap(scanned, at).trimEnd()} ${scanned.words[at]?.text}`)
      ? at
      : -1
  if (at === head + 1 || (number < 0 && !district)) return
  for (let word = head; word < at; word++)
    if (((scanned.words[word]?.traits ?? 0) & trait.particle) === 0) isCapital[word] = 1
}

/** `4588 oak ridge road`. */
function markAmericanStreet(scanned: ScannedText, suffix: number, isCapital: Uint8Array): void {
  for (let at = suffix - 1; at > suffix - mostInStreet && at >= 0; at--) {
    const word = scanned.words[at]
    if (gap(scanned, at + 1) !== ' ' || word === undefined) return
    if (word.shape === 'number' && at < suffix - 1) {
      for (let name = at + 1; name <= suffix; name++) isCapital[name] = 1
      return
    }
    if (word.shape !== 'lower' && word.shape !== 'mixed') return
  }
}

/** `from amarillo, tx`, `sorocaba-sp`: a city with its state, or behind a preposition. */
function markPlace(scanned: ScannedText, index: number, isCapital: Uint8Array): void {
  for (let next = index + 1; next <= index + 3; next++) {
    const word = scanned.words[next]
    if (word === undefined) break
    if (stateCodes.has(word.text) && /^(?:, |-|\/| - )$/.test(gap(scanned, next))) {
      for (let at = index; at < next; at++) isCapital[at] = 1
      isCapital[next] = 2
      return
    }
    if (gap(scanned, next) !== ' ') break
  }
  const isOrdinary = ((scanned.words[index]?.traits ?? 0) & (trait.safe | trait.ambiguous)) !== 0
  if (
    !isOrdinary &&
    beforePlaces.test(scanned.words[index - 1]?.folded ?? '') &&
    /^\.? $/.test(gap(scanned, index))
  )
    isCapital[index] = 1
}
