import { trait } from '../lexicon/lexicon.js'
import { stateNames } from '../lexicon/places.js'
import { PhraseIndex } from '../names/phrase-index.js'
import type { TextRange } from '../recognizer.js'
import type { ScannedText } from '../scanned-text.js'
import { readCapitals } from './capital-run.js'
import { findAddresses } from './find-addresses.js'

const states = new PhraseIndex(stateNames)
const stops = new Set(['cep', 'tel', 'telefone', 'fone', 'cpf', 'rg', 'zip', 'phone', 'email', 'bairro'])
const behindStreet = /^(?:, {1,2}| - | – )$/
const placeEnd = /^(?:[.,;)/\n]| - | – |$)/
// A district and its city.
const mostParts = 2

function firstWordFrom(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** The district and city behind a street, state or none: `Rua A, 45, bloco C, Boqueirão, Praia Grande`. */
export function* findAfterAddresses(scanned: ScannedText): Generator<TextRange> {
  const { text, starts, ends, words } = scanned
  for (const address of findAddresses(scanned)) {
    let from = address.end
    for (let part = 0; part < mostParts; part++) {
      const index = firstWordFrom(starts, from)
      const word = words[index]
      const start = starts[index] ?? text.length
      if (word === undefined || !behindStreet.test(text.slice(from, start))) break
      if ((word.traits & (trait.title | trait.kin)) !== 0 || states.match(scanned, index) !== undefined) break
      const next = readCapitals(scanned, index, { maxWords: 5, stops })
      const end = ends[next - 1] ?? 0
      if (next === index || end - start < 3 || !placeEnd.test(text.slice(end, end + 3))) break
      yield { start, end }
      from = end
    }
  }
}
