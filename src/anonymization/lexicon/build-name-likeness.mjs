#!/usr/bin/env node
// Writes name-likeness-weights.ts: how much each run of two to four letters speaks for a name. Usage:
//   node build-name-likeness.mjs WORD_LIST… > name-likeness-weights.ts
// Word lists have one word a line (the spelling lists of an operating system); what they write with a capital is left out.
// Logistic regression over hashed runs of letters; names are those of this folder.
import { readFileSync } from 'node:fs'

const buckets = 8192
const rounds = 12
const fold = (text) =>
  text
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase()
const listed = (file) =>
  [...readFileSync(new URL(file, import.meta.url), 'utf8').matchAll(/`([^`]*)`/g)].flatMap((match) =>
    match[1].split(/[\s,]+/).filter(Boolean),
  )

/** The buckets of a word; the reader in name-likeness.ts must hash alike. */
function bucketsOf(word) {
  const text = `^${word}$`
  const found = []
  for (let size = 2; size <= 4; size++) {
    for (let at = 0; at + size <= text.length; at++) {
      let hash = 2166136261
      for (let offset = 0; offset < size; offset++)
        hash = Math.imul(hash ^ text.charCodeAt(at + offset), 16777619) >>> 0
      found.push((hash ^ (hash >>> 15)) & (buckets - 1))
    }
  }
  return found
}

let state = 1
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 4294967296
}

const names = new Set(
  [
    'given-names-pt.ts',
    'given-names-en.ts',
    'surnames-pt.ts',
    'surnames-en.ts',
    'rare-given-names.ts',
    'rare-surnames.ts',
  ]
    .flatMap(listed)
    .filter((word) => /^[a-z]{3,}$/.test(word)),
)
const words = new Set()
for (const file of process.argv.slice(2)) {
  for (const line of readFileSync(file, 'utf8').split('\n'))
    if (/^\p{Ll}{3,}$/u.test(line) && !names.has(fold(line))) words.add(fold(line))
}
for (const file of [
  'vocabulary.ts',
  'safe-words-pt.ts',
  'safe-words-en.ts',
  'peoples-and-medicines.ts',
  'brand-names.ts',
])
  for (const word of listed(file)) if (/^[a-z]{3,}$/.test(word) && !names.has(word)) words.add(word)

// Both kinds weigh the same however many there are.
const samples = [...names].map((word) => [bucketsOf(word), 1])
const chosen = [...words].filter(() => random() < (6 * samples.length) / words.size)
for (const word of chosen) samples.push([bucketsOf(word), 0])
const weightOfWord = names.size / chosen.length
const weights = new Float64Array(buckets)
let bias = 0
for (let round = 0; round < rounds; round++) {
  const step = 0.3 / (1 + round * 0.5)
  for (let index = samples.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1))
    ;[samples[index], samples[other]] = [samples[other], samples[index]]
  }
  for (const [found, label] of samples) {
    let sum = bias
    for (const bucket of found) sum += weights[bucket]
    const error = (label - 1 / (1 + Math.exp(-sum))) * (label === 1 ? 1 : weightOfWord * 2)
    bias += step * 0.1 * error
    for (const bucket of found) weights[bucket] += step * (error - 0.0005 * weights[bucket])
  }
}
const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0)
const bytes = Buffer.from(Int8Array.from(weights, (weight) => Math.round((weight / largest) * 127)).buffer)
process.stdout.write(
  `/** Signed bytes of the weights, base64; made by build-name-likeness.mjs. */\nexport const nameLikenessWeights = '${bytes.toString('base64')}'\n\n/** What one unit of a weight is worth, and the sum to begin with. */\nexport const nameLikenessScale: number = ${(largest / 127).toPrecision(6)}\nexport const nameLikenessBias: number = ${bias.toPrecision(6)}\n`,
)
