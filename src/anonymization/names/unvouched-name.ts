import { trait } from '../lexicon/lexicon.js'
import type { ScannedText } from '../scanned-text.js'
import { gapBefore, type NameRun } from './name-run.js'

/** Words before which an ambiguous given name is a person's: `a Clara`, `da Luz` no, for that is a thing's. */
const beforePersons = new Set(
  'a o pela pelo com with by and from para seeing told asked breastfeeding called chamou visitou'.split(' '),
)

const notUnvouched = trait.place | trait.month | trait.eponym | trait.people | trait.wordLike

/** In mid-sentence a capital needs a reason: a word of no vocabulary, written like a name, is taken for one. */
export function isUnvouched(scanned: ScannedText, run: NameRun, traits: number): boolean {
  const previous = scanned.words[run.first - 1]
  const word = scanned.words[run.first]
  if (previous === undefined || previous.shape !== 'lower' || word?.shape !== 'capitalised') return false
  if (gapBefore(scanned, run.first) !== ' ' || word.text.length < 3) return false
  if ((word.traits & notUnvouched) !== 0 || measured.has(previous.folded)) return false
  const next = scanned.words[run.next]
  const gap = gapBefore(scanned, run.next)
  if (next !== undefined && (next.shape === 'number' || next.shape === 'mixed') && /^[ -]{1,3}$/.test(gap))
    return false
  // A dose, a product: `Haldol®`; and the first half of a compound: `Fleischner-like`.
  if (/^(?:[®™]|-| ?\/|%)/.test(gap) || (gap === ' ' && next?.shape === 'upper')) return false
  if ((traits & trait.ambiguous) !== 0)
    return run.length > 1 || ((traits & trait.given) !== 0 && beforePersons.has(previous.folded))
  return true
}

const described =
  /^ (?:segue|permanece|remains|remained|foi|was|is|est[áa]|estava) (?:hemodinamicamente |clinicamente |clinically |hemodynamically )?(?:est[áa]vel|stable|medicad[oa]|treated|avaliad[oa]|evaluated|seen|admitted|discharged|internad[oa]|admitid[oa]|extubated|extubad[oa]|intubad[oa]|intubated|transferid[oa]|transferred|reavaliad[oa]|examined|examinad[oa]|orientad[oa]|operad[oa])(?!\p{L})/u

/** `Rosa segue estável`, `Nascimento foi medicado`: what is said of patients, whatever else the word means. */
export function isDescribedPatient(scanned: ScannedText, run: NameRun): boolean {
  const word = scanned.words[run.first]
  if (run.length !== 1 || word?.shape !== 'capitalised' || word.text.length < 3) return false
  if ((word.traits & (trait.given | trait.surname)) === 0) return false
  if ((word.traits & (trait.people | trait.kin | trait.patient | trait.title)) !== 0) return false
  const end = scanned.ends[run.next - 1] ?? 0
  return described.test(scanned.text.slice(end, end + 50))
}

const measured = new Set(
  'escala escore indice teste sinal manobra classificacao criterio criterios marca scale score sign test grade type stage using brand of positive negative lingua the modelo tipo grau uso takes taking plus started using continue on tomando tomou toma usando'.split(
    ' ',
  ),
)
