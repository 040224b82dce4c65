import type { TextRange } from '../recognizer.js'
import { entityOfField } from './field-entity.js'
import { entityOfMember } from './member-entity.js'
import type { AddValue } from './structured-values.js'
import { addValue, trimRange } from './value-check.js'

const tag = /<(\/?)([A-Za-z][\w:.-]{0,40})([^<>]{0,400})>/g
const attribute = /([\w:.-]{1,40})\s{0,2}=\s{0,2}"([^"<>]{0,200})"/g
const mostDepth = 40
const longestText = 200

/** Adds what elements and attributes of XML hold, FHIR, CDA or free: `<family value="Silva"/>`, `<given>Ana</given>`. */
export function readTaggedValues(text: string, add: AddValue): void {
  if (!text.includes('</') && !text.includes('/>')) return
  const open: string[] = []
  const headers = new RowHeader()
  tag.lastIndex = 0
  for (let match = tag.exec(text); match !== null; match = tag.exec(text)) {
    const [whole, slash = '', name = '', rest = ''] = match
    if (slash !== '') {
      const at = open.lastIndexOf(name)
      if (at >= 0) open.length = at
      continue
    }
    readAttributes(text, match.index + 1 + name.length, name, rest, open, add)
    if (rest.endsWith('/') || open.length >= mostDepth) continue
    open.push(name)
    const from = match.index + whole.length
    const to = text.slice(from, from + longestText).indexOf('</')
    if (to > 0 && text[from] !== '<') headers.see(text, name, trimRange(text, from, from + to), add)
    if (to > 0 && text[from] !== '<') addMember(text, trimRange(text, from, from + to), open, noSibling, add)
  }
}

/** `<th>Município</th><td>Oeiras</td>`: one header, one cell; headers in a row are another table's. */
class RowHeader {
  #entity: string | undefined
  #headers = 0

  see(text: string, tagName: string, range: TextRange, add: AddValue): void {
    if (/^(?:th|dt)$/i.test(tagName)) {
      this.#headers++
      this.#entity = entityOfField(text.slice(range.start, range.end))
      return
    }
    if (!/^(?:td|dd)$/i.test(tagName)) return
    if (this.#headers === 1 && this.#entity !== undefined) addValue(text, range, this.#entity, add)
    this.#headers = 0
  }
}

const noSibling = (): undefined => undefined

/** `value` is the element's own, any other attribute is a member of it. */
function readAttributes(
  text: string,
  from: number,
  name: string,
  rest: string,
  open: readonly string[],
  add: AddValue,
): void {
  if (!rest.includes('=')) return
  const members: { name: string; range: TextRange }[] = []
  for (const match of rest.matchAll(attribute)) {
    const end = from + match.index + match[0].length - 1
    members.push({ name: match[1] ?? '', range: { start: end - (match[2] ?? '').length, end } })
  }
  const siblingOf = (wanted: string): string | undefined => {
    const member = members.find((other) => other.name === wanted)
    return member === undefined ? undefined : text.slice(member.range.start, member.range.end)
  }
  for (const member of members) {
    const path = member.name === 'value' ? [...open, name] : [...open, name, member.name]
    addMember(text, member.range, path, siblingOf, add)
  }
}

function addMember(
  text: string,
  range: TextRange,
  path: readonly string[],
  siblingOf: (name: string) => string | undefined,
  add: AddValue,
): void {
  const member = entityOfMember(path, text.slice(range.start, range.end), siblingOf)
  if (member !== undefined)
    addValue(text, { start: range.start + (member.skip ?? 0), end: range.end }, member.entity, add)
}
