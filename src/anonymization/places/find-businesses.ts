import { trait } from '../lexicon/lexicon.js'
import { gapBefore } from '../names/name-run.js'
import type { TextRange } from '../recognizer.js'
import type { ScannedText } from '../scanned-text.js'
import { isScholarly } from '../scholarly-text.js'
import { readCapitals } from './capital-run.js'
import { hasUnknownWord, stops, stopsInName } from './find-institutions.js'

const workers = new Set(
  `weld welds welded drives drove cook cooks cooked cleans cleaned mechanic welder accountant engineer electrician guard plumber janitor porteiro faxineira pedreiro cozinheira cozinheiro vigilante auxiliar tecnico soldador caixa
  retired retires fired laid hired aposentado aposentada demitido demitida contratado contratada works worked working employed job boss teacher teaching teaches coworker student studies machinist employee manager clerk nurse driver cashier
  trabalha trabalhava trabalhou trabalhando funcionario funcionaria empregado empregada estuda estudava aluno aluna gerente vendedor vendedora operario operaria motorista professora professor`.split(
    /\s+/,
  ),
)

const workPrepositions = new Set('at for by from off na no da do pela pelo'.split(' '))

/** `works at Northrop`, `funcionário da Gerdal`: where somebody works or studies. */
function readEmployer(scanned: ScannedText, index: number): number | undefined {
  const preposition = scanned.words[index - 1]?.folded ?? ''
  if (!workPrepositions.has(preposition) || gapBefore(scanned, index) !== ' ') return undefined
  if (!workers.has(scanned.words[index - 2]?.folded ?? '') || scanned.words[index]?.shape !== 'capitalised')
    return undefined
  const next = readCapitals(scanned, index, { maxWords: 5, stops })
  const isOwn = scanned.words
    .slice(index, next)
    .some((word) => (word.traits & (trait.safe | trait.safeEnding)) === 0)
  return next > index && (isOwn || /^(?:at|for)$/.test(preposition)) ? next : undefined
}

const secondHeads = new Set(
  'centro clinica instituto hospital laboratorio odontologia fisioterapia diagnosticos oftalmologia policlinica maternidade'.split(
    ' ',
  ),
)

/** `Fisiomov Centro de Fisioterapia`, `Rede Vida Plena Hospital Central`: its own name before the kind. */
function readPrefixed(scanned: ScannedText, index: number): TextRange | undefined {
  const word = scanned.words[index]
  if (word === undefined || word.shape === 'lower' || !secondHeads.has(word.folded)) return undefined
  let start = index
  while (
    start > 0 &&
    start > index - 4 &&
    gapBefore(scanned, start) === ' ' &&
    isOwnCapital(scanned, start - 1)
  )
    start--
  if (start === index || !hasUnknownWord(scanned, start, index)) return undefined
  const isGoingOn = gapBefore(scanned, index + 1) === ' '
  const end = isGoingOn
    ? Math.max(index + 1, readCapitals(scanned, index + 1, { maxWords: 5, stops: stopsInName }))
    : index + 1
  return { start, end }
}

function isOwnCapital(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  if (word === undefined || (word.shape !== 'capitalised' && word.shape !== 'upper') || word.text.length < 3)
    return false
  return (
    (word.traits & (trait.title | trait.kin | trait.patient | trait.month | trait.particle)) === 0 &&
    !stops.has(word.folded)
  )
}

const housePrepositions = new Set('at for from by with na no da do pela pelo nas loja lojas the'.split(' '))

/** `for Harmon Feed & Seed`, `da Contábil Marques & Filhos`: two names joined by an ampersand behind a preposition. */
function readJoined(scanned: ScannedText, index: number): TextRange | undefined {
  if (!housePrepositions.has(scanned.words[index - 1]?.folded ?? '') || gapBefore(scanned, index) !== ' ')
    return undefined
  let at = index
  while (at < index + 4 && isLongCapital(scanned, at) && gapBefore(scanned, at + 1) === ' ') at++
  if (!isLongCapital(scanned, at) || gapBefore(scanned, at + 1) !== ' & ' || !isLongCapital(scanned, at + 1))
    return undefined
  return hasUnknownWord(scanned, index, at + 2) && !isScholarly(scanned)
    ? { start: index, end: at + 2 }
    : undefined
}

function isLongCapital(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  return word?.shape === 'capitalised' && word.text.length > 2 && !/^(?:johnson|nephew)$/.test(word.folded)
}

/** Employers behind a word of work, houses with their own name first, firms joined by an ampersand. */
export function* findBusinesses(scanned: ScannedText): Generator<TextRange> {
  const { words, starts, ends } = scanned
  for (const [index, word] of words.entries()) {
    if (word.shape !== 'capitalised' && word.shape !== 'upper') continue
    const employer = readEmployer(scanned, index)
    const range =
      employer === undefined
        ? (readPrefixed(scanned, index) ?? readJoined(scanned, index))
        : { start: index, end: employer }
    if (range !== undefined) yield { start: starts[range.start] ?? 0, end: ends[range.end - 1] ?? 0 }
  }
}
