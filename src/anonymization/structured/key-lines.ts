import { entityOfMember } from './member-entity.js'
import type { AddValue } from './structured-values.js'
import { addValue, trimRange } from './value-check.js'

// Names of fields as programs write them, and what stands behind their colon or equals sign.
const keyLine =
  /^([ \t]{0,24})(?:- )?([a-z][a-zA-Z\d]{0,30}(?:[_.-][a-zA-Z\d]{1,20}){0,4}|[A-Z][a-z]{1,12}(?:[A-Z][a-zA-Z]{1,15}){1,4})[ \t]{0,4}[:=](?: {0,4}|\t)(\S[^\n]{0,160})?$/
/** `(0010,0020) LO [4873182] # PatientID`: the dump of an image's header. */
const dumpLine =
  /^(\s{0,8}\([\dA-Fa-f]{4},[\dA-Fa-f]{4}\) {1,3}[A-Z]{2} {1,3}\[)([^\]\n]{1,80})\][^#\n]{0,30}# {0,3}[\d, ]{0,12}([A-Z][A-Za-z]{2,40})/
/** `BAIRRO      São Benedito`: a form without colons. */
const alignedLine =
  /^([ \t]{0,4})(\p{Lu}[\p{L}.º°/]{1,20}(?: [\p{L}.º°/]{1,15}){0,3})(?: {3,30}|\t)(\S(?:[^\n\t ]| (?! )){0,100})$/u
/** `City,Salt Lake City`: a table of two columns, without a header. */
const commaLine = /^([ \t]{0,4})(\p{Lu}[\p{L}.º°/]{1,20}(?: [\p{L}.º°/]{1,15}){0,3})[,;](\S[^\n]{0,100})$/u
const longestLine = 220
const fewestLines = 3
const mostDepth = 12
const noSibling = (): undefined => undefined

interface KeyLine {
  readonly indent: number
  readonly key: string
  readonly start: number
  readonly end: number
}

/** Adds the values of YAML and properties files: three or more lines of `key: value` in a row, keys as programs write them; forms in two columns; dumps of image headers. */
export function readKeyLines(text: string, add: AddValue): void {
  let block: KeyLine[] = []
  for (let start = 0; start < text.length; ) {
    const lineBreak = text.indexOf('\n', start)
    const end = lineBreak < 0 ? text.length : lineBreak
    const line = end - start > longestLine ? undefined : readLine(text, start, end)
    if (line !== undefined) block.push(line)
    else {
      addBlock(text, block, add)
      block = []
    }
    start = end + 1
  }
  addBlock(text, block, add)
}

function readLine(text: string, start: number, end: number): KeyLine | undefined {
  const line = text.slice(start, end)
  const dumped = dumpLine.exec(line)
  if (dumped !== null) {
    const from = start + (dumped[1]?.length ?? 0)
    return { indent: 0, key: dumped[3] ?? '', start: from, end: from + (dumped[2]?.length ?? 0) }
  }
  const match = keyLine.exec(line) ?? alignedLine.exec(line) ?? commaLine.exec(line)
  if (match === null) return undefined
  return { indent: match[1]?.length ?? 0, key: match[2] ?? '', start: end - (match[3]?.length ?? 0), end }
}

function addBlock(text: string, block: readonly KeyLine[], add: AddValue): void {
  if (block.length < fewestLines) return
  const open: { indent: number; key: string }[] = []
  for (const { indent, key, start, end } of block) {
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop()
    const path = [...open.map((line) => line.key), key]
    if (end > start) {
      const range = trimRange(text, start, end)
      const member = entityOfMember(path, text.slice(range.start, range.end), noSibling)
      if (member !== undefined)
        addValue(text, { start: range.start + (member.skip ?? 0), end: range.end }, member.entity, add)
    } else if (open.length < mostDepth) open.push({ indent, key })
  }
}
