import { trait } from '../lexicon/lexicon.js'
import type { ScannedText } from '../scanned-text.js'
import { isScholarly } from '../scholarly-text.js'
import { gapBefore, type NameRun, readName } from './name-run.js'

/** What a person has, besides relatives. */
const belongings = new Set(
  `room bed chart name voice hand hands eyes labs insurance story house home apartment birthday wound pain symptoms weight family face hair arm leg heart side bedside care teacher school class mood speech words phone number dog cat car
  cultures culture labs results scan scans biopsy blood urine glucose pressure sats creatinine ct mri xray ekg ecg echo tumor lesion incision discharge course breathing fever appetite mobility decision wishes request case history medications meds nurse doctor pediatrician oncologist surgery chemo treatment death funeral letter question answer pregnancy labor discharge appointment`.split(
    /\s+/,
  ),
)
const auxiliaries = new Set(
  'would could should can will won wouldn couldn didn doesn hasn isn wasn hadn never always still also just then already'.split(
    ' ',
  ),
)
const objects = new Set('me us him her them you nos lhe'.split(' '))
const determiners = new Set(
  'her his my their our the a an sua seu minha meu nossa nosso o as os uma um'.split(' '),
)
/** Behind these a person stands, whatever else the word means. */
const towardsPersons = new Set(
  `divorced married marry met meet dating dated remarried hugged phoned texted emailed named visited kissed raised adopted nursed bathed fed dressed accompanied interviewed examined thanked reassured
  tell told ask asked call called encontrei encontramos chamava chamavam
  casou namora namorou visitou abracou acompanhou entrevistei examinei agradeci recebemos recebi acolhi atendi atendemos conheci conhecemos internamos avaliei avaliamos`.split(
    /\s+/,
  ),
)
/** Cities and states that take the article of a person: `o Rio`, `do Recife`. */
const articledPlaces = new Set(
  'rio recife porto cairo bahia paraiba para amazonas parana havana haia guaruja'.split(' '),
)

/** `April's mother`, `Faith, her sister`, `Chase met me`: an ordinary word, month or place that its company makes a person. */
export function isPersonByCompany(scanned: ScannedText, run: NameRun): boolean {
  const word = scanned.words[run.first]
  if (word === undefined || run.length !== 1 || word.shape === 'lower' || word.text.length < 3) return false
  if ((word.traits & trait.given) === 0 || isScholarly(scanned)) return false
  return (
    ownsSomething(scanned, run) ||
    isApposed(scanned, run) ||
    actsOnSomebody(scanned, run, (word.traits & trait.month) !== 0) ||
    isMet(scanned, run) ||
    isArticledPerson(scanned, run)
  )
}

function ownsSomething(scanned: ScannedText, run: NameRun): boolean {
  const owned = scanned.words[run.next + 1]
  return (
    scanned.words[run.next]?.text === 's' &&
    /^['’]$/.test(gapBefore(scanned, run.next)) &&
    gapBefore(scanned, run.next + 1) === ' ' &&
    owned?.shape === 'lower' &&
    ((owned.traits & (trait.kin | trait.title)) !== 0 || belongings.has(owned.folded))
  )
}

/** `Faith, her sister`; `Rosa, a filha mais velha`. */
function isApposed(scanned: ScannedText, run: NameRun): boolean {
  if (!/^(?:,| -) $/.test(gapBefore(scanned, run.next))) return false
  const determiner = scanned.words[run.next]
  // `Luz, who runs the pantry`; `Nanci, que trabalha`.
  if (/^(?:who|whose|que)$/.test(determiner?.text ?? '') && gapBefore(scanned, run.next) === ', ')
    return determiner?.text !== 'que' || scanned.words[run.first]?.shape === 'capitalised'
  if (determiner?.shape !== 'lower' || !determiners.has(determiner.folded)) return false
  for (let at = run.next + 1; at <= run.next + 2; at++) {
    if (gapBefore(scanned, at) !== ' ') return false
    if (((scanned.words[at]?.traits ?? 0) & (trait.kin | trait.title)) !== 0) return true
  }
  return false
}

/** `Chase met me`, `Joy wouldn't say`: months do neither. */
function actsOnSomebody(scanned: ScannedText, run: NameRun, isMonth: boolean): boolean {
  const verb = scanned.words[run.next]
  if (verb?.shape !== 'lower' || gapBefore(scanned, run.next) !== ' ') return false
  if (!isMonth && auxiliaries.has(verb.folded)) return true
  return (
    /^.{2,}(?:ed|et|ou|iu|eu|ld|ve|ok|ew)$/.test(verb.folded) &&
    objects.has(scanned.words[run.next + 1]?.folded ?? '')
  )
}

/** `divorced Jasmine`, `grandson April`, never with a day or year behind. */
function isMet(scanned: ScannedText, run: NameRun): boolean {
  const previous = scanned.words[run.first - 1]
  if (
    previous === undefined ||
    gapBefore(scanned, run.first) !== ' ' ||
    scanned.words[run.next]?.shape === 'number'
  )
    return false
  const article = previous.folded === 'o' || previous.folded === 'a' || previous.folded === 'com'
  const verb = article ? scanned.words[run.first - 2] : previous
  if (verb === undefined) return false
  return (
    towardsPersons.has(verb.folded) ||
    (!article &&
      verb.shape === 'lower' &&
      (verb.traits & trait.kin) !== 0 &&
      !/^(?:law|para|acs)$/.test(verb.folded))
  )
}

/** `o Wellington`, `pela Florença`: Portuguese gives persons an article and cities none. */
function isArticledPerson(scanned: ScannedText, run: NameRun): boolean {
  const previous = scanned.words[run.first - 1]
  const word = scanned.words[run.first]
  if (previous?.shape !== 'lower' || word === undefined || gapBefore(scanned, run.first) !== ' ') return false
  if ((word.traits & (trait.place | trait.eponym)) === 0 || articledPlaces.has(word.folded)) return false
  if (!/^(?:o|a|do|da|pelo|pela|ao)$/.test(previous.text)) return false
  const next = scanned.words[run.next]
  return gapBefore(scanned, run.next) !== ' ' || next?.shape === 'lower'
}

/** `Aparecida (vizinha)`, `Duc (son)`: a relative in brackets behind the name. */
export function isBeforeRelative(scanned: ScannedText, run: NameRun): boolean {
  const word = scanned.words[run.first]
  const relative = scanned.words[run.next]
  if (word === undefined || relative?.shape !== 'lower' || gapBefore(scanned, run.next) !== ' (') return false
  if (
    (relative.traits & (trait.kin | trait.title)) === 0 ||
    !/^[),/; ]/.test(gapBefore(scanned, run.next + 1))
  )
    return false
  return (
    (word.traits & (trait.given | trait.nameLike)) !== 0 && (word.traits & (trait.kin | trait.title)) === 0
  )
}

const called =
  /^(?:your|you|reminder|this|please|just|we|its|it|don|seu|sua|lembrete|voce|tudo|confirme|confirmamos|sou|aqui|passando|bom|boa|favor|informamos|segue|venha|nao|a|o)$/

/** `Olaf, reminder: …`, `[SUS] YASMIN, seu resultado`: a message begins with whom it is for. */
export function findCalled(scanned: ScannedText, index: number): NameRun | undefined {
  const start = scanned.starts[index] ?? 0
  if (index > 3 || !/^(?:\s{0,4}|.{0,24}[\]:] )$/s.test(scanned.text.slice(0, start))) return undefined
  const word = scanned.words[index]
  if (word === undefined || (word.shape !== 'capitalised' && word.shape !== 'upper')) return undefined
  if (/^(?:ola|oi|alo|opa|hi|hello|hey|dear)$/.test(word.folded)) return undefined
  if ((word.traits & (trait.given | trait.nameLike)) === 0 || (word.traits & trait.month) !== 0)
    return undefined
  return gapBefore(scanned, index + 1) === ', ' &&
    scanned.words[index + 1]?.shape === 'lower' &&
    called.test(scanned.words[index + 1]?.folded ?? '')
    ? { first: index, next: index + 1, length: 1, score: 1 }
    : undefined
}

const speakersByText = new WeakMap<ScannedText, ReadonlySet<string>>()

/** Words that stand twice or more before a colon, as speakers of a dialogue do. */
function speakersOf(scanned: ScannedText): ReadonlySet<string> {
  let speakers = speakersByText.get(scanned)
  if (speakers === undefined) {
    const once = new Set<string>()
    const twice = new Set<string>()
    for (const [index, word] of scanned.words.entries()) {
      if (
        scanned.text[scanned.ends[index] ?? 0] !== ':' ||
        (word.traits & (trait.given | trait.nameLike)) === 0
      )
        continue
      if ((word.traits & (trait.title | trait.kin | trait.patient | trait.month)) !== 0) continue
      if (once.has(word.folded)) twice.add(word.folded)
      once.add(word.folded)
    }
    speakers = twice
    speakersByText.set(scanned, speakers)
  }
  return speakers
}

/** `Potira: boa noite` … `Potira: moramos`: a speaker, who speaks again. */
export function findSpeaker(scanned: ScannedText, index: number): NameRun | undefined {
  const end = scanned.ends[index] ?? 0
  if (scanned.text[end] !== ':' || !/\s/.test(scanned.text[end + 1] ?? '')) return undefined
  const before = index === 0 ? '\n' : gapBefore(scanned, index)
  if (!/(?:[\n.!?\]…]|[”"]) ?$/.test(before)) return undefined
  return speakersOf(scanned).has(scanned.words[index]?.folded ?? '')
    ? { first: index, next: index + 1, length: 1, score: 1 }
    : undefined
}

const selfIntroduction = /^(?:I|Eu|EU)$/

/** `I, OLAF BAPTISTE, residing`, `Eu, Fulana de Tal, declaro`; `Áurea aqui do plantão`. */
export function findIntroduced(scanned: ScannedText, index: number): NameRun | undefined {
  const shape = scanned.words[index]?.shape
  if (shape !== 'capitalised' && shape !== 'upper') return undefined
  const pronoun = scanned.words[index - 1]
  if (pronoun !== undefined && selfIntroduction.test(pronoun.text) && gapBefore(scanned, index) === ', ') {
    const run = readName(scanned, index, { afterCue: true })
    return run !== undefined && run.length > 1 && /^[,(]| \(/.test(gapBefore(scanned, run.next))
      ? run
      : undefined
  }
  const isGreeting = /^(?:hey|hi|hello|oi|ola|yo|alo)$/.test(scanned.words[0]?.folded ?? '') && index <= 5
  if (isGreeting && /^(?:its|s|is|e|eh)$/.test(pronoun?.folded ?? '') && gapBefore(scanned, index) === ' ') {
    const run = readName(scanned, index, { afterCue: true })
    if (run !== undefined && run.length <= 3) return run
  }
  const here = scanned.words[index + 1]
  if (here?.shape !== 'lower' || (here.folded !== 'aqui' && here.folded !== 'here')) return undefined
  const word = scanned.words[index]
  if (word?.shape !== 'capitalised' || (word.traits & (trait.given | trait.nameLike)) === 0) return undefined
  const after = scanned.words[index + 2]
  return gapBefore(scanned, index + 1) === ' ' &&
    (/^[,.!]/.test(gapBefore(scanned, index + 2)) || /^(?:d[aeo]|from|with|at)$/.test(after?.folded ?? ''))
    ? { first: index, next: index + 1, length: 1, score: 1 }
    : undefined
}
