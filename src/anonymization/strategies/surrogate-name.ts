import { trait } from '../lexicon/lexicon.js'
import { internWord } from '../word.js'
import { menWithA, surrogateWords, womenWithoutA } from './surrogate-words.js'

type Pick = (bound: number) => number

function choose(list: readonly string[], pick: Pick): string {
  return list[pick(list.length)] ?? ''
}

/** True for a name, address or text that reads as Portuguese: a mark of the language or an authored Portuguese name. */
export function isPortuguese(value: string): boolean {
  return /[ãõçáéíóúâêôà]|\b(?:d[aeo]s?|rua|avenida|av|travessa|hospital|cl[íi]nica|upa|ubs)\b/iu.test(value)
}

function isWoman(given: string): boolean {
  return womenWithoutA.has(given) || (given.endsWith('a') && !menWithA.has(given))
}

function inCaseOf(like: string, word: string): string {
  if (like.length > 1 && like === like.toUpperCase()) return word.toUpperCase()
  return like === like.toLowerCase() ? word.toLowerCase() : word
}

/** Another name of the same gender, number of words, particles, initials and case. `pickFor` gives one draw per word. */
export function surrogateName(value: string, pickFor: (word: string) => Pick): string {
  const portuguese =
    isPortuguese(value) ||
    (value.match(/\p{L}{2,}/gu) ?? []).some((word) => /^(?:silva|souza|santos|oliveira)$/iu.test(word))
  let isFirst = true
  return value.replaceAll(/\p{L}+/gu, (word) => {
    const { folded, traits } = internWord(word)
    if ((traits & (trait.particle | trait.suffix)) !== 0) return word
    const pick = pickFor(folded)
    if (word.length === 1) return inCaseOf(word, String.fromCharCode(65 + pick(26)))
    const isGiven = (traits & trait.given) !== 0 && (isFirst || (traits & trait.surname) === 0)
    isFirst = false
    if (!isGiven)
      return inCaseOf(word, choose(portuguese ? surrogateWords.surnamesPt : surrogateWords.surnamesEn, pick))
    const women = portuguese ? surrogateWords.womenPt : surrogateWords.womenEn
    const men = portuguese ? surrogateWords.menPt : surrogateWords.menEn
    return inCaseOf(word, choose(isWoman(folded) ? women : men, pick))
  })
}
