import { trait } from '../lexicon/lexicon.js'
import { gapBefore } from '../names/name-run.js'
import type { ScannedText } from '../scanned-text.js'
import { isScholarly } from '../scholarly-text.js'

const residenceWords = new Set(
  `morador moradora moradores residente reside residem mora moram morava vive vivem natural naturais procedente procedencia proveniente oriundo oriunda veio vem vinha vindos vieram chegou chegaram partiu fugiu ir mudar retornar voltar viajou mudou nascido nascida nasceu domiciliado domiciliada
  naturalidade cidade municipio transferido transferida vao vai foi foram voltou voltaram vindo vinda encaminhado encaminhada internado internada atendido atendida trabalha
  adopted emigrated immigrated from lives living lived resides residing resident residents born native moved traveled travelled relocated home hometown city town transferred based near outside works grew visiting returned`.split(
    /\s+/,
  ),
)
/** Of these a place is the mayor's, the outskirts' …: `the streets of Stockton`, `prefeito de Sorriso`. */
const partsOfPlaces = new Set(
  `mayor streets suburb suburbs outskirts downtown city town city village county north south east west side edge middle out heart people hills hospital airport university
  prefeito prefeita ruas interior periferia litoral rodoviaria aeroporto regiao arredores sertao roca sitio bairro bairros centro estrada cidade municipio comarca delegacia forum tutelar prefeitura camara secretaria parentes familia casa`.split(
    /\s+/,
  ),
)
/** Last words of names of places: `Morgan City`, `Jordan Valley`. */
const placeTails =
  /^(?:city|valley|falls|springs|beach|creek|heights|hills|grove|junction|island|harbor|harbour|bluff|bluffs|rapids|township|village|ridge|fork|forks|mills|landing|crossing|haven|shores|corners|county|hollow)$/
/** First words of names of places. */
const placeHeads =
  /^(?:las|los|el|la|san|santa|sao|santo|saint|st|fort|ft|port|mount|mt|new|novo|nova|porto|lagoa|rio|barra|bom|boa|campo|cabo|cape|lake|west|east|north|south|upper|lower|great|little|monte|ponta|ponte|riacho|ribeirao|salto|serra|sete|tres|vila|alto|alta|passo|poco|cachoeira|aguas|ilha|praia)$/
/** What stands behind the particle of a name of a place: `Itapecerica da Serra`. */
const placeEnds =
  /^(?:serra|sul|norte|oeste|leste|campos?|rio|minas|cruzes|mata|rey|rei|goias|para|paraiba|maranhao|piaui|tocantins|vale|lagoa|praia|barra|mar|monte|ouro|prata|caldas|pedras?|cima|baixo|dentro|fora|sertao|amazonas|ceara|bahia|agreste|passos|lagos|palmares|guararapes|goytacazes)$/

const prepositions = new Set([
  'de',
  'em',
  'da',
  'do',
  'no',
  'na',
  'para',
  'desde',
  'from',
  'in',
  'to',
  'at',
  'of',
  'through',
  'pra',
  'pro',
  'via',
  'toward',
  'towards',
  'around',
  'between',
  'entre',
  'near',
  'outside',
  'ate',
  'por',
  'cidade',
  'municipio',
  'a',
])

/** Scales and agreements carry the city where they were agreed: `escala de Los Angeles`. */
const namedAfterPlaces = new Set(
  'sinal sinais sindrome doenca teste manobra sign syndrome disease test escala escalas criterio criterios consenso protocolo declaracao classificacao carta convencao tratado coorte coortes cohort cohorts scale criteria consensus protocol declaration classification'.split(
    ' ',
  ),
)

const roads =
  /^(?:estrada|rodovia|br|trecho|via|km|highway|interstate|road|route|crash|acidente|colisao|capotamento|driving|drove|drive|dirigia|viagem|viajava|onibus|caminhao|bus|train|trem|trip|accident|collision|rollover)$/
const mostBetween = 5
const mostBeforeBetween = 8

/** `na estrada entre Cascavel e Toledo`: the second of two places; one of no list only where a road is spoken of. */
function isBetween(scanned: ScannedText, first: number, isKnown: boolean): boolean {
  const joint = scanned.words[first - 1]
  if (joint?.shape !== 'lower' || !/^(?:e|and)$/.test(joint.folded)) return false
  let at = first - 2
  for (; at > first - 2 - mostBetween && at >= 0; at--) {
    const word = scanned.words[at]
    if (word === undefined || !/^[ -]$/.test(gapBefore(scanned, at + 1))) return false
    if (/^(?:entre|between)$/.test(word.folded)) break
    if (word.shape !== 'capitalised' && (word.traits & trait.particle) === 0) return false
  }
  if (!/^(?:entre|between)$/.test(scanned.words[at]?.folded ?? '') || at === first - 2) return false
  const isOnRoad = scanned.words
    .slice(Math.max(0, at - mostBeforeBetween), at)
    .some(({ folded }) => roads.test(folded))
  return isOnRoad || (isKnown && !isScholarly(scanned))
}

const travels =
  /^(?:dr[io]ve[sn]?|driving|fl[ye]w?|flies|flown|flying|came|come|coming|went|going|rode|ridden|moved|headed|heading)$/
const directions = /^(?:over|up|down|back|out|across|straight|home|in)$/

/** `drive over to Saginaw`, `drove up from Tuscaloosa`. */
function isTravelled(scanned: ScannedText, first: number): boolean {
  return (
    /^(?:to|from)$/.test(scanned.words[first - 1]?.folded ?? '') &&
    directions.test(scanned.words[first - 2]?.folded ?? '') &&
    travels.test(scanned.words[first - 3]?.folded ?? '') &&
    gapBefore(scanned, first - 1) === ' ' &&
    scanned.words[first]?.shape === 'capitalised' &&
    !isScholarly(scanned)
  )
}

/** A cue of residence up to two words before: `moradora de`, `woman from`. */
export function hasPlaceCue(scanned: ScannedText, first: number, isKnown: boolean): boolean {
  if (!/^\.? {1,2}$|^\.?: {0,2}$/.test(gapBefore(scanned, first))) return false
  const previous = scanned.words[first - 1]
  const owner = scanned.words[first - 2]
  if (owner !== undefined && namedAfterPlaces.has(owner.folded)) return false
  // `grau 2 de Nottingham`.
  if (
    (owner?.shape === 'number' || /^[IVX]{1,3}$/.test(owner?.text ?? '')) &&
    /^(?:grau|grade|tipo|type|classe|class|estagio|stage|escore|score)$/.test(
      scanned.words[first - 3]?.folded ?? '',
    )
  )
    return false
  // `coorte de nascimentos de Pelotas`.
  if (/^coortes?$/.test(scanned.words[first - 4]?.folded ?? '') && previous?.folded === 'de') return false
  if (isBetween(scanned, first, isKnown) || isTravelled(scanned, first)) return true
  const isLabelled = gapBefore(scanned, first).includes(':')
  if (
    previous !== undefined &&
    /^(?:municipio|cidade|municipality)$/.test(previous.folded) &&
    (isKnown || isUnknownPlace(scanned, first))
  )
    return true
  if (previous === undefined || isLabelled || !prepositions.has(previous.folded))
    return (
      previous !== undefined &&
      (/^(?:cidade|municipio|naturalidade|procedencia|nascimento|residencia|proc|proced|city|hometown|town|birthplace)$/.test(
        previous.folded,
      ) ||
        (/^(?:visiting|visitando|municipio)$/.test(previous.folded) &&
          (isKnown || isUnknownPlace(scanned, first))))
    )
  const isPartOf =
    owner !== undefined &&
    /^(?:of|de|do|da)$/.test(previous.folded) &&
    partsOfPlaces.has(owner.folded) &&
    gapBefore(scanned, first - 1) === ' '
  if (isPartOf && (isKnown || isUnknownPlace(scanned, first))) return true
  if (hasPlaceForm(scanned, first) && !isScholarly(scanned)) return true
  const isResidence =
    owner !== undefined && residenceWords.has(owner.folded) && gapBefore(scanned, first - 1) === ' '
  // `Trabalha na Petrobras`: who works somewhere unknown works for somebody.
  if (!isKnown && /^(?:trabalha|works)$/.test(owner?.folded ?? '')) return false
  if (isResidence || previous.folded === 'from')
    return isKnown || isResidence || isPersonBefore(scanned, first - 2) || isUnknownPlace(scanned, first)
  if (
    !isKnown &&
    /^(?:in|em|near|outside|desde|through|toward|towards|ate)$/.test(previous.folded) &&
    isUnknownPlace(scanned, first)
  )
    return true
  return isKnown && /^(?:em|in|de|para|to|near|desde|between|entre)$/.test(previous.folded)
}

/** Behind a preposition what is written like a place: `Jordan Valley`, `Las Cruces`, `Itapecerica da Serra`. */
function hasPlaceForm(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  const second = scanned.words[index + 1]
  if (word?.shape !== 'capitalised' || second === undefined || gapBefore(scanned, index + 1) !== ' ')
    return false
  const third = scanned.words[index + 2]
  if (second.shape === 'capitalised') {
    const isTail =
      placeTails.test(second.folded) && !placeTails.test(word.folded) && (word.traits & trait.month) === 0
    const isHead = placeHeads.test(word.folded) && (second.traits & (trait.safe | trait.safeEnding)) === 0
    return (isTail || isHead) && (third?.shape !== 'capitalised' || gapBefore(scanned, index + 2) !== ' ')
  }
  return (
    /^d[aeo]s?$/.test(second.text) &&
    third?.shape === 'capitalised' &&
    gapBefore(scanned, index + 2) === ' ' &&
    placeEnds.test(third.folded) &&
    (word.traits & (trait.title | trait.kin | trait.safe)) === 0
  )
}

const behindPlaces = new Set(
  'each every once twice daily weekly with and who where to in on by for but after before when while because at as with since until last yesterday today brought came com e que onde para por em no na de do da desde ate quando porque mas ha ontem hoje trazido trazida'.split(
    ' ',
  ),
)

/** `from Chillicothe`, in a note on a person: a capitalised word of no list, no dose or score behind it. */
function isUnknownPlace(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  const next = scanned.words[index + 1]
  if (word?.shape !== 'capitalised' || word.text.length < 4 || isScholarly(scanned)) return false
  if (
    (word.traits &
      (trait.safe | trait.safeEnding | trait.month | trait.people | trait.eponym | trait.given)) !==
    0
  )
    return false
  // `samples from Illumina kits`: a thing's make.
  if (next?.shape === 'lower' && gapBefore(scanned, index + 1) === ' ' && !behindPlaces.has(next.folded))
    return false
  const isMeasured = next?.shape === 'number' || next?.shape === 'mixed'
  return (
    !(isMeasured && gapBefore(scanned, index + 1) === ' ') &&
    !/^(?:[®™]|-)/.test(gapBefore(scanned, index + 1))
  )
}

function isPersonBefore(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  return (
    word !== undefined &&
    /^(?:woman|man|male|female|boy|girl|gentleman|lady|patient|child|resident|veteran|farmer|student|widow|widower|retiree|nurse|teacher|rancher|mechanic|trucker|driver|engineer|homemaker|housewife|native|viuv[oa]|aposentad[oa]|agricultor|agricultora|lavrador|lavradora|professor|professora|comerciante|pescador|pedreiro|motorista|dona|casad[oa]|solteir[oa]|divorciad[oa])$/.test(
      word.folded,
    )
  )
}
