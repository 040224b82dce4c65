import { ambiguousNames } from './ambiguous-names.js'
import { brandNames } from './brand-names.js'
import { clinicalEponyms } from './clinical-eponyms.js'
import { eponyms } from './eponyms.js'
import { givenNamesEn } from './given-names-en.js'
import { givenNamesPt } from './given-names-pt.js'
import { nameLabels, namePhrases, personVerbs, weakPhrases } from './name-cues.js'
import { nameLikeness } from './name-likeness.js'
import { medicines, peoples } from './peoples-and-medicines.js'
import { brazilianCities, countries, englishCities } from './places.js'
import { rareGivenNames } from './rare-given-names.js'
import { rareSurnames } from './rare-surnames.js'
import { rareGivenWords, rareSurnameWords } from './rare-word-names.js'
import { reportWords } from './report-words.js'
import { researchWords } from './research-words.js'
import { safeWordsEn } from './safe-words-en.js'
import { safeWordsPt } from './safe-words-pt.js'
import { surnamesEn } from './surnames-en.js'
import { surnamesPt } from './surnames-pt.js'
import { kinship, nameParticles, nameSuffixes, patientNouns, titles } from './titles.js'
import { vocabulary } from './vocabulary.js'

/** What is known of a word, as bits: a word has any number of them. */
export const trait = {
  given: 1,
  surname: 2,
  /** A name that is also an ordinary word or an eponym. */
  ambiguous: 4,
  particle: 8,
  suffix: 16,
  title: 32,
  kin: 64,
  patient: 128,
  /** Never a name by itself, whatever its capital. */
  safe: 256,
  /** Ends as only ordinary words end. */
  safeEnding: 512,
  eponym: 1024,
  month: 2048,
  /** First word of a label or phrase that a name follows. */
  nameCue: 4096,
  /** Only persons do this. */
  personVerb: 8192,
  /** First word of a known municipality or city. */
  place: 16384,
  /** A country, a state, a people or a faith: a surname only behind a given name. */
  people: 32768,
  /** Papers say it of samples; notes on one person hardly do. */
  research: 65536,
  /** In no list, and spelled like a name. */
  nameLike: 131072,
  /** In no list, and spelled like an ordinary word. */
  wordLike: 262144,
} as const

const traits = new Map<string, number>()

function mark(list: string, bits: number): void {
  for (const word of list.split(/\s+/)) if (word !== '') traits.set(word, (traits.get(word) ?? 0) | bits)
}

function firstWords(list: string): string {
  return list
    .split(',')
    .map((phrase) => phrase.trim().split(/[ '.-]/)[0] ?? '')
    .join(' ')
}

mark(givenNamesPt, trait.given)
mark(givenNamesEn, trait.given)
mark(surnamesPt, trait.surname)
mark(surnamesEn, trait.surname)
mark(ambiguousNames, trait.ambiguous)
mark(rareGivenNames, trait.given)
mark(rareSurnames, trait.surname)
mark(rareGivenWords, trait.given | trait.ambiguous)
mark(rareSurnameWords, trait.surname | trait.ambiguous)
mark(eponyms, trait.eponym)
mark(clinicalEponyms, trait.eponym)
mark(nameParticles, trait.particle)
mark(nameSuffixes, trait.suffix)
mark(titles, trait.title)
mark(kinship, trait.kin)
mark(patientNouns, trait.patient)
for (const list of [
  safeWordsPt,
  safeWordsEn,
  brandNames,
  medicines,
  peoples,
  vocabulary,
  reportWords,
  titles,
  kinship,
  patientNouns,
])
  mark(list, trait.safe)
for (const list of [nameLabels, namePhrases, weakPhrases]) mark(firstWords(list), trait.nameCue)
for (const list of [brazilianCities, englishCities]) mark(firstWords(list), trait.place)
mark(personVerbs, trait.personVerb)
mark(researchWords, trait.research)
mark(countries, trait.safe | trait.people)
mark(peoples, trait.people)
mark('janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro', trait.month)
mark('jan fev mar abr mai jun jul ago set out nov dez feb apr may aug sep sept oct dec', trait.month)
mark('january february march april june july august september october november december', trait.month)

const ordinaryEnding =
  /^.{3,}(?:[cs]ao|[cs]oes|mente|dades?|ismo|logi[ac]o?|grafia|scopia|tomia|plastia|ite|ose|[ae]mia|patia|algia|[aei]ncia|mentos?|[aei]vel|[ai]d[oa]s?|[aei]ndo|tions?|sions?|ments?|ness|olog(?:y|ist|ical)|graphy|scopy|tomy|plasty|itis|osis|pathy|[ai]ble|[ae]nce|ing|ical|ated|ized|amine|azole|icillin|mycin|prazol|olol|pril|sartan|statin[as]?|mab|vir|dipin[oae]|floxacin[oa]?|cilina|micina)$/

const nameLikeFrom = 0.5
const wordLikeBelow = -3
const shortestJudged = 3
const listed =
  trait.given |
  trait.surname |
  trait.safe |
  trait.particle |
  trait.suffix |
  trait.month |
  trait.eponym |
  trait.research

/** The traits of a folded word. */
export function traitsOf(folded: string): number {
  const known = traits.get(folded) ?? 0
  // A code has no spelling to judge.
  if (known === 0 && /\d/.test(folded)) return 0
  const bits = ordinaryEnding.test(folded) ? known | trait.safeEnding : known
  if ((bits & (listed | trait.safeEnding)) !== 0 || folded.length < shortestJudged) return bits
  const likeness = nameLikeness(folded)
  if (likeness > nameLikeFrom) return bits | trait.nameLike
  return likeness < wordLikeBelow ? bits | trait.wordLike : bits
}
