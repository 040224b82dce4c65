import { trait } from '../lexicon/lexicon.js'
import { gapBefore } from '../names/name-run.js'
import type { TextRange } from '../recognizer.js'
import type { ScannedText } from '../scanned-text.js'
import { isScholarly } from '../scholarly-text.js'
import { readCapitals } from './capital-run.js'

const heads = new Set(
  `hosp hospital clinica maternidade ubs upa caps esf amb ama pam hc policlinica laboratorio instituto fundacao sanatorio ambulatorio asilo creche escola colegio faculdade universidade
  santa posto centro pronto unidade casa lar abrigo hospice nucleo associacao drogaria farmacia residencial consultorio complexo irmandade beneficencia psf usf cer cras creas hps emef emei emeb cmei ubsf samu hospitais paroquia igreja presidio penitenciaria empresa padaria metalurgica supermercado mercado loja construtora fabrica usina cooperativa transportadora restaurante hotel pousada academia sindicato apae clube frigorifico oficina mercearia cerest rede hemocentro hemonucleo hemope ame granja ee estudio atelie salao barbearia borracharia lanchonete pizzaria churrascaria magazine viacao laticinios ceramica marcenaria serraria grafica editora colonia unacon cacon usina confeccoes autopecas bazar papelaria floricultura funilaria estaleiro madeireira`.split(
    /\s+/,
  ),
)
/** Heads that need a second word to be an institution of health: `Santa Casa`, `Posto de Saúde`. */
const secondWords: ReadonlyMap<string, RegExp> = new Map([
  ['santa', /^casa$/],
  ['posto', /^(?:de|medico|saude)$/],
  ['centro', /^(?:de|medico|clinico|hospitalar|integrado|universitario|oncologico|cardiologico)$/],
  ['pronto', /^(?:socorro|atendimento)$/],
  ['unidade', /^(?:basica|de|mista|basicas|saude)$/],
  ['casa', /^(?:de|do|da)$/],
  ['lar', /^(?:de|do|da|dos|das|sao|santo|santa)$/],
])
// What names a kind of place and no place.
const generic = new Set(
  `hosp mun reg univ est fed hospital clinica maternidade ubs upa caps policlinica laboratorio instituto ambulatorio universidade municipal estadual federal regional geral universitario universitaria publico publica privado privada particular escola
  central de da do das dos e a o as os saude casa santa posto centro unidade basica pronto socorro atendimento medico medica clinico hospitalar infantil dia referencia terciario secundario local regional emergencia urgencia cirurgia
  especialidades familia especializado psicossocial reabilitacao imagem cardiologia oncologia pediatria ortopedia neurologia ginecologia dermatologia psiquiatria terapia intensiva internacao tratamento radioterapia quimioterapia
  diagnostico diagnosticos convivencia referencia integrado medicina enfermagem odontologia fisioterapia nutricao psicologia ciencias etica comite empresa complexo nucleo associacao fundacao farmacia drogaria analises clinicas apoio estudos pesquisa pesquisas ensino recuperacao anestesica custo gravidade massa corporal
  hospital clinic center centre medical health the of and for royal university memorial general community regional county city state national children s childrens women womens veterans affairs va teaching tertiary care urgent primary day night home nursing
  rehabilitation cancer heart eye dental outpatient inpatient emergency department surgery family medicine public private local referral district college school institute hospice system services pharmacy infirmary academic trauma level icu our this that a an
  associates practice pediatrics living senior academy number no id numero n nr course stay bed records record visit
  pain sleep stroke diabetes memory fertility asthma arthritis oncology cardiology pediatric paediatric psychiatric orthopedic maternity mental behavioral wellness sports center's one two three each both any
  clinical pathology diagnostics diagnostic reference core molecular microbiology genetics genetic genomics forensic department laboratory results main`.split(
    /\s+/,
  ),
)
const tails = new Set(
  'hospital hospitals clinic clinics infirmary hospice pharmacy healthcare medical nursing health rehabilitation rehab university college institute sanatorium polyclinic elementary school center centre church dialysis surgical oncology cancer urgent surgery imaging academy associates practice pediatrics living liquor bakery supermarket motors industries logistics tooling diner general foods farms steel airlines corporation inc llc ltd corp brothers bank plumbing construction shipyard brewery trucking hardware preschool kindergarten daycare shelter orphanage synagogue mosque orthopedics dermatology cardiology neurology gynecology obstetrics ophthalmology physiotherapy retirement dentistry psychiatry urology estates residences temple chapel parish seminary manor home physical behavioral assisted internal adult family dental service services courier high drug drugs laundry linen electric roofing landscaping freight laboratory laboratories labs diagnostics'.split(
    ' ',
  ),
)
const tailsSecond: ReadonlyMap<string, RegExp> = new Map([
  ['medical', /^(?:center|centre|group|associates|clinic|school|college|city)$/],
  ['nursing', /^(?:home|facility|center|centre)$/],
  ['health', /^(?:center|centre|system|clinic|services|care|network|partners)$/],
  ['rehabilitation', /^(?:center|centre|hospital|institute|clinic)$/],
  ['rehab', /^(?:center|centre)$/],
  ['dialysis', /^(?:center|centre|unit|clinic)$/],
  ['surgical', /^(?:center|centre|associates|group)$/],
  ['cancer', /^(?:center|centre|institute)$/],
  ['oncology', /^(?:center|centre|associates|clinic)$/],
  ['urgent', /^care$/],
  ['elementary', /^school$/],
  ['home', /^(?:care|health)$/],
  ['physical', /^therapy$/],
  ['behavioral', /^health$/],
  ['assisted', /^living$/],
  ['internal', /^medicine$/],
  ['adult', /^medicine$/],
  ['family', /^(?:medicine|practice|health)$/],
  ['surgery', /^(?:center|centre)$/],
  ['retirement', /^(?:home|community|village|center|residence|living)$/],
])
/** Words that end the name of a house. */
export const stops: ReadonlySet<string> = new Set([
  'em',
  'no',
  'na',
  'com',
  'para',
  'on',
  'with',
  'from',
  'by',
  'to',
  'cep',
  'tel',
  'telefone',
  'fone',
  'dr',
  'dra',
  'sr',
  'sra',
  'mr',
  'mrs',
  'data',
  'date',
  'crm',
  'cnpj',
  'endereco',
  'address',
  'phone',
  'paciente',
  'patient',
])
const maxWords = 9

const instruments =
  /^(?:american|british|european|brazilian|international|scale|score|index|criteria|casualty|incidents|morbidity|program|survey|questionnaire|inventory|episode|statistics|escala|escore|programa)$/

function hasOwnName(scanned: ScannedText, first: number, next: number): boolean {
  if (scanned.words.slice(first, next).some((word) => instruments.test(word.folded))) return false
  return scanned.words.slice(first, next).some((word) => !generic.has(word.folded) && word.shape !== 'lower')
}

/** `Hospital Municipal Leandro Andrade`, `UBS Vila Esperança`: the kind first, then its own name. */
function readHeadFirst(scanned: ScannedText, index: number): number | undefined {
  const word = scanned.words[index]
  if (word === undefined || !heads.has(word.folded) || word.shape === 'lower') return undefined
  // `AME Barretos`, `EE Dom Bosco`: abbreviations, where as words they are others.
  if (/^(?:ame|ee|ama|amb|usf|cerest)$/.test(word.folded) && word.shape !== 'upper') return undefined
  // `SAMU 192`: the number everybody calls.
  if (word.folded === 'samu' && scanned.words[index + 1]?.shape === 'number') return undefined
  const needed = secondWords.get(word.folded)
  if (needed !== undefined && !needed.test(scanned.words[index + 1]?.folded ?? '')) return undefined
  const gap = gapBefore(scanned, index + 1)
  if (gap !== ' ' && gap !== ' - ' && gap !== '-' && !(gap === '. ' && word.folded === 'hosp'))
    return undefined
  const options = {
    maxWords,
    // `UBS 3`, `Hospital 9 de Julho`.
    allowNumbers:
      (word.shape === 'upper' && word.text.length <= 4) || scanned.words[index + 2]?.folded === 'de',
    stops: stopsInName,
  }
  let next = readCapitals(scanned, index + 1, options)
  if (gap === ' - ' || next <= index + 1) next = Math.max(next, index + 1)
  if (next <= index + 1) return undefined
  const isCentral =
    centralHouses.test(word.folded) &&
    scanned.words.slice(index + 1, next).some(({ folded }) => folded === 'central')
  if (!isCentral && !hasOwnName(scanned, index + 1, next)) return undefined
  // `EMPRESA EMPREGADORA INSCRITA`: where all is in capitals a name needs more than capitals.
  const isShouted = word.shape === 'upper' && word.text.length > 4 && !isHoly(scanned, index + 1, next)
  return isShouted && !hasUnknownWord(scanned, index + 1, next) ? undefined : next
}
/** Of these a town has one that is `Central` by name. */
const centralHouses =
  /^(?:policlinica|pronto|posto|ambulatorio|hospital|laboratorio|maternidade|upa|ubs|farmacia|clinica)$/

const holy =
  /^(?:santa|santo|sao|nossa|senhora|dom|dona|padre|frei|irma|bom|jesus|vila|jardim|parque|deus|esperanca|saude)$/

/** Houses are named after saints and quarters, whose words are ordinary ones. */
function isHoly(scanned: ScannedText, first: number, next: number): boolean {
  return scanned.words.slice(first, next).some(({ folded }) => holy.test(folded))
}

export const stopsInName: ReadonlySet<string> = new Set(
  [...stops].filter((stop) => !['dr', 'dra', 'sr', 'sra'].includes(stop)),
)

/** `Tampa General Hospital`, `Golden Oaks Nursing Home`: the name first, then the kind; returns the first word. */
function readTailLast(scanned: ScannedText, tail: number): TextRange | undefined {
  const word = scanned.words[tail]
  if (word === undefined || !tails.has(word.folded) || word.shape === 'lower') return undefined
  const needed = tailsSecond.get(word.folded)
  const second = scanned.words[tail + 1]
  const hasSecond = needed?.test(second?.folded ?? '') === true && gapBefore(scanned, tail + 1) === ' '
  if (needed !== undefined && !hasSecond) return undefined
  let last = hasSecond ? tail + 1 : tail
  if (second?.folded === 'care' && scanned.words[last + 1]?.folded === 'system') last++
  let first = tail
  for (let at = tail - 1; at >= 0 && at > tail - maxWords; at--) {
    const previous = scanned.words[at]
    if (previous === undefined || !/^(?: |-|['’]|\. | & )$/.test(gapBefore(scanned, at + 1))) break
    if (gapBefore(scanned, at + 1) === '. ' && !/^(?:st|dr|mt|ft|[a-z])$/.test(previous.folded)) break
    const isLinking = /^(?:of|the|and|s|for)$/.test(previous.folded)
    if (
      !isLinking &&
      (previous.shape === 'lower' || previous.shape === 'number' || stops.has(previous.folded))
    )
      break
    if (!isLinking || previous.folded === 's') first = at
  }
  const firstWord = scanned.words[first]
  if (firstWord !== undefined && first < tail && isSentenceWord(scanned, first)) first++
  if (
    unlessOwn.test(word.folded) &&
    (!hasUnknownWord(scanned, first, tail) ||
      gapBefore(scanned, tail) === '-' ||
      scanned.words[tail - 1]?.shape === 'lower')
  )
    return undefined
  if (laboratories.test(word.folded) && !isNamedLaboratory(scanned, first, tail)) return undefined
  if (word.shape === 'upper' && !hasUnknownWord(scanned, first, tail)) return undefined
  if (!hasOwnName(scanned, first, tail)) {
    if (first === tail && word.folded !== 'university') return undefined
    return undefined
  }
  const extended = readOfPlace(scanned, last + 1)
  if (extended !== undefined) last = extended - 1
  return { start: first, end: last + 1 }
}

const laboratories = /^(?:laborator(?:y|ies)|labs|diagnostics)$/

/** `Cascade Pathology Laboratory`, `Quest Diagnostics`; never `Sleep Laboratory`. */
function isNamedLaboratory(scanned: ScannedText, first: number, tail: number): boolean {
  if (isScholarly(scanned) || gapBefore(scanned, tail) !== ' ') return false
  const kind = scanned.words[tail - 1]?.folded ?? ''
  return (
    hasUnknownWord(scanned, first, tail) ||
    (tail - first > 1 &&
      /^(?:clinical|pathology|diagnostics?|medical|reference|genetics|genomics|imaging)$/.test(kind))
  )
}

/** Tails of everyday use: a word of no vocabulary has to stand before them, `Harborview Imaging`. */
const unlessOwn =
  /^(?:imaging|home|physical|behavioral|assisted|internal|adult|family|services?|courier|high|drugs?|works|trucking|laundry|linen|electric|roofing|landscaping|freight|logistics)$/

export function hasUnknownWord(scanned: ScannedText, first: number, next: number): boolean {
  return scanned.words
    .slice(first, next)
    .some(
      (word) =>
        word.shape !== 'lower' &&
        (word.traits & (trait.safe | trait.safeEnding | trait.personVerb)) === 0 &&
        word.text.length > 2 &&
        !/.(?:ou|eu|iu|aram|eram|iram)$/.test(word.folded),
    )
}

/** A capital that only begins its sentence: `The`, `At`, `Our`. */
function isSentenceWord(scanned: ScannedText, index: number): boolean {
  return /^(?:the|at|our|in|this|from|and|to|an?|when|while|he|she|his|her|my|your|their|was|is)$/.test(
    scanned.words[index]?.folded ?? '',
  )
}

/** `University Hospital of Spokane`: what stands before the house is its own too. */
function startOfHouse(scanned: ScannedText, index: number): number {
  let first = index
  while (
    first > 0 &&
    first > index - 3 &&
    gapBefore(scanned, first) === ' ' &&
    scanned.words[first - 1]?.shape === 'capitalised' &&
    !isSentenceWord(scanned, first - 1) &&
    !stops.has(scanned.words[first - 1]?.folded ?? '')
  )
    first--
  return first
}

function readOfPlace(scanned: ScannedText, index: number): number | undefined {
  if (scanned.words[index]?.folded !== 'of' || gapBefore(scanned, index) !== ' ') return undefined
  const next = readCapitals(scanned, index + 1, { maxWords: 3, stops })
  return next > index + 1 ? next : undefined
}

/** `University of Westbrook Medical Center`, `Universidade de São Paulo`. */
function readUniversity(scanned: ScannedText, index: number): number | undefined {
  const word = scanned.words[index]
  if (
    word === undefined ||
    !/^(?:university|hospital|sisters|church)$/.test(word.folded) ||
    word.shape === 'lower'
  )
    return undefined
  if (scanned.words[index + 1]?.folded !== 'of') return undefined
  const next = readCapitals(scanned, index + 2, { maxWords: 7, stops })
  return next > index + 2 && hasOwnName(scanned, index + 2, next) ? next : undefined
}

/** Hospitals, clinics, health posts, schools and homes that have a name of their own. */
export function* findInstitutions(scanned: ScannedText): Generator<TextRange> {
  const { words, starts, ends } = scanned
  for (const [index, word] of words.entries()) {
    if (word.shape === 'lower' || word.shape === 'number' || (word.traits & trait.given) !== 0) continue
    const next = readHeadFirst(scanned, index) ?? readUniversity(scanned, index)
    const isOfPlace = next !== undefined && scanned.words[index + 1]?.folded === 'of'
    const first = isOfPlace ? startOfHouse(scanned, index) : index
    if (next !== undefined) yield { start: starts[first] ?? 0, end: ends[next - 1] ?? 0 }
    const tail = readTailLast(scanned, index)
    if (tail !== undefined) yield { start: starts[tail.start] ?? 0, end: ends[tail.end - 1] ?? 0 }
  }
}
