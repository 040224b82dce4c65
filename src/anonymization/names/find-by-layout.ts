import { trait } from '../lexicon/lexicon.js'
import type { ScannedText } from '../scanned-text.js'
import { isScholarly } from '../scholarly-text.js'
import type { Word } from '../word.js'
import { isCommaName, readAnnounced } from './announced-name.js'
import { hasKnownName, hasLikelyName, isEponym, isFollowedByAge, isFollowedByRecord } from './name-context.js'
import { gapBefore, isInitial, type NameRun, readName } from './name-run.js'

const colonGap = /^(?:\([\p{L}/]{1,3}\))? {0,3}: {0,8}\n?[ \t]{0,4}["“]?$/u
/** Behind what these say a capital is a thing's, folded. */
const thingLabels = new Set(
  `alergia alergias allergies allergy medicacao medicacoes medicamento medicamentos medications meds uso marca modelo fabricante brand model make device aparelho equipamento material
  diagnostico diagnosticos diagnosis diagnoses dx hd hipotese cid exame exames exam test procedure procedimento cirurgia surgery tecnica technique method methods results resultado resultados
  findings impression conclusao conclusion plan plano conduta assessment microrganismo organism agente culture cultura germe vacina vaccine lote drug droga farmaco route via dieta diet raca cor race ethnicity
  religiao religion language idioma nacionalidade nationality escala scale score escore titulo title assunto subject convenio insurance cidade city bairro hospital local unidade setor ala unit ward service servico pais country estado state`.split(
    /\s+/,
  ),
)
const nameEnd = /^(?:["”]?[,;!?).]|\s*[|(]| - |["”]?\s*$|["”]? {0,4}\n| {2,})/

/** A name behind a label of any wording, `Night note: Wilhelmina pulled`, where the name's form or what follows says so. */
export function findAfterAnyLabel(scanned: ScannedText, index: number): NameRun | undefined {
  const label = scanned.words[index - 1]
  if (label === undefined || !colonGap.test(gapBefore(scanned, index))) return undefined
  // `VISIT 6/6/48: Tavita`, never a time: `10: 30`.
  if (label.shape === 'number' && !/[/-]/.test(gapBefore(scanned, index - 1))) return undefined
  const run = readAnnounced(scanned, index, true)
  if (run === undefined || isEponym(scanned, run)) return undefined
  const word = scanned.words[run.first]
  if (word === undefined || isPlace(word) || (word.traits & trait.month) !== 0) return undefined
  const next = scanned.words[run.next]
  const doesSomething =
    next?.shape === 'lower' &&
    gapBefore(scanned, run.next) === ' ' &&
    (isVerb(next.folded, next.traits) || beings.has(next.folded))
  if (word.shape === 'lower') return doesSomething ? run : undefined
  if (isFollowedByRecord(scanned, run) || isFollowedByAge(scanned, run)) return run
  if (run.length > 1 && run.score >= fullNameScore && hasKnownName(scanned, run)) return run
  if (thingLabels.has(label.folded) || !hasLikelyName(scanned, run) || isScholarly(scanned)) return undefined
  if (run.length === 1 && (word.shape !== 'capitalised' || (word.traits & trait.people) !== 0))
    return undefined
  const end = scanned.ends[run.next - 1] ?? 0
  return doesSomething || nameEnd.test(scanned.text.slice(end, end + 6)) ? run : undefined
}

const fullNameScore = 2

/** The only thing in a cell of a table or form: `| Naoki Bragantim |`. */
export function isWholeCell(scanned: ScannedText, run: NameRun): boolean {
  const before = gapBefore(scanned, run.first)
  const end = scanned.ends[run.next - 1] ?? 0
  const after = scanned.text.slice(end, end + 4)
  const isCell = /[|;\t]\s{0,3}$/.test(before)
    ? /^\s{0,3}[|;\t\n]|^\s*$/.test(after)
    : /[ ]\|$|\s$/.test(before) && /^\s{0,2}[|;\t]/.test(after)
  // `Testemunhas: 1) … 2) …`.
  const isItem =
    before === ') ' &&
    scanned.words[run.first - 1]?.shape === 'number' &&
    /^(?: \d\)|[;.]?\s*(?:\n|$))/.test(scanned.text.slice(end, end + 6))
  return (isCell || isItem) && hasLikelyName(scanned, run) && run.length > 1
}

/** A known place that is no given name as well. */
function isPlace({ traits }: Word): boolean {
  return (traits & trait.place) !== 0 && (traits & trait.given) === 0
}

function isVerb(folded: string, traits: number): boolean {
  return (traits & trait.personVerb) !== 0 || (/^.{2,}(?:ed|ou|iu|eu)$/.test(folded) && folded !== 'seu')
}

/** A sentence about somebody of a name in no list: `Oyinda is nineteen`, `Rosamund thought`. */
export function isSubject(scanned: ScannedText, run: NameRun): boolean {
  const word = scanned.words[run.first]
  const verb = scanned.words[run.next]
  if (word?.shape !== 'capitalised' || verb?.shape !== 'lower' || gapBefore(scanned, run.next) !== ' ')
    return false
  if ((word.traits & (trait.nameLike | trait.given)) === 0 || isPlace(word) || isScholarly(scanned))
    return false
  if ((word.traits & (trait.people | trait.eponym | trait.kin | trait.patient | trait.title)) !== 0)
    return false
  return isVerb(verb.folded, verb.traits) || beings.has(verb.folded)
}

const beings = new Set(
  'is was has had thought says said took gave got knows knew who e era esta estava tem tinha teve foi vai'.split(
    ' ',
  ),
)

/** `Boa tarde, Josicleide!`, `Hey Quillan,`: called by name. */
const greetings =
  /^(?:dia|tarde|noite|tudo bem|ola|oi|hi|hey|hello|morning|afternoon|evening|caro|cara|prezado|prezada|dear|thx|thks|ty)$/

/** A person who is addressed. */
export function findAddressed(scanned: ScannedText, index: number): NameRun | undefined {
  // `Prezado(a) Conceição`.
  const isEither = gapBefore(scanned, index) === ') ' && gapBefore(scanned, index - 1) === '('
  const greeting = scanned.words[isEither ? index - 2 : index - 1]
  if (greeting === undefined || !greetings.test(greeting.folded)) return undefined
  if (!isEither && !/^,? {1,2}$/.test(gapBefore(scanned, index))) return undefined
  const isTimeOfDay = /^(?:dia|tarde|noite|morning|afternoon|evening)$/.test(greeting.folded)
  if (isTimeOfDay && !/^(?:bom|boa|good)$/.test(scanned.words[index - 2]?.folded ?? '')) return undefined
  const run = readAnnounced(scanned, index, true)
  if (run === undefined || isEponym(scanned, run)) return undefined
  const end = scanned.ends[run.next - 1] ?? 0
  return nameEnd.test(scanned.text.slice(end, end + 6)) ? run : undefined
}

const bed = /^(?:bed|leito|room|rm|box|quarto|enf|enfermaria|bay|cama)$/

/** `bed 3, Osborne, seventy-seven`; `Leito 4: Nogueira`: who lies there. */
export function findInBed(scanned: ScannedText, index: number): NameRun | undefined {
  const number = scanned.words[index - 1]
  if (number === undefined || (number.shape !== 'number' && number.shape !== 'mixed')) return undefined
  if (!/^\d{1,4}[A-Za-z]?$/.test(number.text)) return undefined
  if (
    !bed.test(scanned.words[index - 2]?.folded ?? '') ||
    !/^(?:[,:]| -)? {1,2}$/.test(gapBefore(scanned, index))
  )
    return undefined
  // `P.O. Box 4143, Memphis`.
  if (/^p?o$/.test(scanned.words[index - 3]?.folded ?? '')) return undefined
  const run = readAnnounced(scanned, index, false)
  if (run === undefined || isEponym(scanned, run) || !hasLikelyName(scanned, run)) return undefined
  const word = scanned.words[run.first]
  if (word === undefined || word.shape === 'lower' || isPlace(word) || isScholarly(scanned)) return undefined
  const end = scanned.ends[run.next - 1] ?? 0
  return nameEnd.test(scanned.text.slice(end, end + 6)) ||
    (gapBefore(scanned, index) === ' ' && hasKnownName(scanned, run))
    ? run
    : undefined
}

const closings =
  /(?:mente|[^aeiou]ly|wishes|regards|yours|thanks|you|care|love|abracos?|beijos?|beijinhos|carinho|respeito|saudacoes|cumprimentos|ordens|disposicao|gratidao|grat[oa]|obrigad[oa]|gratefully|blessings|cheers|gracias)$/
const mostClosingWords = 4
/** `– Minh (Dr. Ramanathan's team)`. */
const ofTeam =
  /^,? \(?(?:Dr|Dra|equipe|team|recep|secret|enf|nurse|RN|MA|front|desk|office|clinic|consult|agenda|central)/i

/** A signature: `Warmly, Piers` at the end of a line, `- Piers` at the end of the text. */
export function findSignature(scanned: ScannedText, index: number): NameRun | undefined {
  const { text, ends, words } = scanned
  const word = words[index]
  if (word === undefined || word.shape === 'lower' || word.shape === 'number') return undefined
  const gap = gapBefore(scanned, index)
  const isClosing = /^,[ \t]?$|^,?[ \t]{0,2}\n{1,3}[ \t]{0,4}$/.test(gap) && isClosingBefore(scanned, index)
  const isDashed = /(?:^|[.!?\n)] ?)\n{0,2}-{1,2} ?$/.test(gap)
  if (!isClosing && !isDashed) return undefined
  const run = readAnnounced(scanned, index, false)
  if (run === undefined || run.length > 4 || isEponym(scanned, run)) return undefined
  const after = text.slice(ends[run.next - 1], (ends[run.next - 1] ?? 0) + 3)
  if (
    !(isDashed ? /^[.]?\s*$/ : /^[.,]?(?:$|[ \t]?\n|,? )/).test(
      isDashed ? text.slice(ends[run.next - 1]).slice(0, 8) : after,
    ) &&
    !(isDashed && ofTeam.test(text.slice(ends[run.next - 1], (ends[run.next - 1] ?? 0) + 16)))
  )
    return undefined
  return isDashed && !hasKnownName(scanned, run) && run.length === 1 && word.shape !== 'capitalised'
    ? undefined
    : run
}

/** A short line or sentence that ends with a word of farewell stands before word `index`. */
function isClosingBefore(scanned: ScannedText, index: number): boolean {
  if (!closings.test(scanned.words[index - 1]?.folded ?? '')) return false
  for (let at = index - 1; at >= Math.max(0, index - mostClosingWords); at--) {
    const gap = at === 0 ? '\n' : gapBefore(scanned, at)
    if (/[.!?\n]/.test(gap)) return scanned.words[at]?.shape !== 'lower'
    if (!/^[ ,]{1,2}$/.test(gap)) return false
  }
  return false
}

const listGap = /^(?:, |; )$/
const listEnd = /^(?:[,;.)(\n]| -| e | and | y |$)/

/** What stands in one enumeration with a name, before or behind it: `Bento Paz, Teófilo Brito e Leela`. */
export function findListed(scanned: ScannedText, found: readonly NameRun[]): NameRun[] {
  const listed: NameRun[] = []
  const starts = new Set(found.map(({ first }) => first))
  const queue = [...found]
  for (let at = 0; at < queue.length; at++) {
    const name = queue[at]
    const next = name === undefined ? undefined : readListed(scanned, name.next)
    if (next === undefined || starts.has(next.first)) continue
    starts.add(next.first)
    listed.push(next)
    queue.push(next)
  }
  for (let index = scanned.words.length - 1; index >= 0; index--) {
    if (starts.has(index) || !mayBegin(scanned, index)) continue
    const run = readName(scanned, index)
    if (run === undefined || !isListable(scanned, run)) continue
    const behind = nextInList(scanned, run.next)
    if (behind === undefined || !starts.has(behind)) continue
    // One word alone has to be a given name, joined by `and`.
    const isGiven = ((scanned.words[index]?.traits ?? 0) & (trait.given | trait.nameLike)) !== 0
    if (run.length < 2 && !(isGiven && gapBefore(scanned, run.next) === ' ')) continue
    starts.add(index)
    listed.push(run)
  }
  return listed
}

function mayBegin(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  const previous = scanned.words[index - 1]
  if (word === undefined || word.shape === 'lower' || word.shape === 'number' || isInitial(word)) return false
  return previous === undefined || previous.shape === 'lower' || gapBefore(scanned, index) !== ' '
}

/** The word after the comma or `and` that begins at word `next`. */
function nextInList(scanned: ScannedText, next: number): number | undefined {
  if (listGap.test(gapBefore(scanned, next))) {
    const joint = scanned.words[next]?.folded
    return joint === 'e' || joint === 'and' ? next + 1 : next
  }
  const joint = scanned.words[next]
  const isJoint = joint?.shape === 'lower' && /^(?:e|and|y)$/.test(joint.folded)
  if (!isJoint || gapBefore(scanned, next) !== ' ') return undefined
  // `filho de Cauã Ramalho e de Odete Xavier`.
  const particle = scanned.words[next + 1]
  return particle?.shape === 'lower' && /^d[aeo]$/.test(particle.folded) && joint.folded === 'e'
    ? next + 2
    : next + 1
}

function readListed(scanned: ScannedText, next: number): NameRun | undefined {
  const first = nextInList(scanned, next)
  if (first === undefined) return undefined
  const run = readName(scanned, first)
  if (run === undefined || run.first !== first || !isListable(scanned, run)) return undefined
  const isJoined = scanned.words[first - 1]?.shape === 'lower'
  if (isJoined) return run
  const isEnumerated = listEnd.test(
    scanned.text.slice(scanned.ends[run.next - 1], (scanned.ends[run.next - 1] ?? 0) + 5),
  )
  return isEnumerated && hasLikelyName(scanned, run) && (run.length > 1 || isInList(scanned, first))
    ? run
    : undefined
}

/** `, Hidemi e`: one word of a list that goes on with `and`. */
function isInList(scanned: ScannedText, index: number): boolean {
  const joint = scanned.words[index + 1]
  return (
    joint?.shape === 'lower' && /^(?:e|and|y)$/.test(joint.folded) && gapBefore(scanned, index + 1) === ' '
  )
}

function isListable(scanned: ScannedText, run: NameRun): boolean {
  const word = scanned.words[run.first]
  if (word === undefined || word.shape === 'lower' || isEponym(scanned, run)) return false
  if ((word.traits & trait.given) !== 0 && (word.traits & trait.month) === 0) return true
  return (word.traits & (trait.place | trait.month | trait.people)) === 0
}

const household = new Set(
  'kid kids family boy boys girl girls baby twins couple household brothers sisters residence'.split(' '),
)

/** `anesthesia (Kowalczyk)`, `the Abernathy kid`: a surname that is nothing else, in brackets or before a family word. */
export function isSurnameAlone(scanned: ScannedText, run: NameRun): boolean {
  const { traits = 0, shape } = scanned.words[run.first] ?? {}
  if (run.length !== 1 || (traits & trait.surname) === 0 || shape === 'upper') return false
  if (household.has(scanned.words[run.next]?.folded ?? '') && gapBefore(scanned, run.next) === ' ')
    return gapBefore(scanned, run.first) === ' '
  const isBracketed = gapBefore(scanned, run.first) === ' (' && gapBefore(scanned, run.next).startsWith(')')
  return isBracketed && (traits & (trait.ambiguous | trait.people)) === 0 && !isScholarly(scanned)
}

/** `Haversham, Kwabena was`, `Dubois, Beauregard.`: begins its sentence, and does something or ends it. */
export function isOwnSentence(scanned: ScannedText, run: NameRun): boolean {
  const before = run.first === 0 ? '\n' : gapBefore(scanned, run.first)
  if (!/[.:;|\n]\s{0,8}$/.test(before) || !hasLikelyName(scanned, run)) return false
  const verb = scanned.words[run.next]
  const isActing =
    verb?.shape === 'lower' &&
    gapBefore(scanned, run.next) === ' ' &&
    (isVerb(verb.folded, verb.traits) || beings.has(verb.folded))
  const end = scanned.ends[run.next - 1] ?? 0
  return (
    isActing ||
    /^(?:\. |\.?\s*$|\.?\n)/.test(scanned.text.slice(end, end + 4)) ||
    isFollowedByRecord(scanned, run)
  )
}

/** With what stands behind the comma of `Jaworski, Moishe`. */
export function withGivenName(scanned: ScannedText, run: NameRun): NameRun {
  if (run.length > 2 || gapBefore(scanned, run.next) !== ', ') return run
  const given = readName(scanned, run.next)
  if (given === undefined || given.first !== run.next || !isCommaName(scanned, run, true)) return run
  return { ...run, next: given.next, length: run.length + given.length, score: run.score + given.score }
}
