#!/usr/bin/env node
// Writes vocabulary.ts: words that allowed texts use in lower case, hence no names. Usage:
//   node build-vocabulary.mjs TEXT_OR_JSON… > vocabulary.ts
// JSON files give all their strings. Words of fewer than two occurrences or of names in the lists stay out.
import { readFileSync } from 'node:fs'

const fold = (text) =>
  text
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase()
const strings = (value) =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(strings)
      : []
const listed = (file) =>
  new Set(/`([^`]*)`/.exec(readFileSync(new URL(file, import.meta.url), 'utf8'))[1].split(/\s+/))

const names = ['given-names-pt.ts', 'given-names-en.ts', 'surnames-pt.ts', 'surnames-en.ts'].map(listed)
const counts = new Map()
for (const file of process.argv.slice(2)) {
  const content = readFileSync(file, 'utf8')
  const text = file.endsWith('.json') ? strings(JSON.parse(content)).join('\n') : content
  for (const [word] of text.matchAll(/(?<![\p{L}\p{N}-])\p{Ll}{3,}(?![\p{L}\p{N}])/gu)) {
    const folded = fold(word)
    counts.set(folded, (counts.get(folded) ?? 0) + 1)
  }
}
const words = [...counts]
  .filter(
    ([word, count]) => count >= 2 && /^[a-z]{3,16}$/.test(word) && !names.some((list) => list.has(word)),
  )
  .map(([word]) => word)
  .sort()
const lines = ['']
for (const word of words) {
  if ((lines.at(-1) ?? '').length + word.length > 240) lines.push('')
  lines[lines.length - 1] += `${lines.at(-1) === '' ? '' : ' '}${word}`
}
process.stdout.write(
  `/** Words that running text writes in lower case, folded; made by build-vocabulary.mjs. */\nexport const vocabulary = \`\n${lines.join('\n')}\`\n`,
)
