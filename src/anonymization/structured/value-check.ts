import type { TextRange } from '../recognizer.js'
import type { AddValue } from './structured-values.js'

const title = /^(?:dr|dra|drª|sr|sra|prof|profa|enf|enfa|mr|mrs|ms|miss)\.? {1,2}/i
/** `Ana Cruz, 34a`. */
const ageBehind = /(?:, ?| ?\(| )\d{1,3} ?(?:a|anos|y|yo|y\/o|yrs?|m|meses|d)?\.?\)?(?:[ ,/]{1,2}[MF])?$/i
/** What a form writes where it knows nothing. */
const empty =
  /^(?:n[ãa]o (?:informad[oa]|consta|sabe|tem|se aplica|possui|declarad[oa]|h[áa])|ignorad[oa]|desconhecid[oa]|sem (?:nome|telefone|dados?|contato|informa[çc][ãa]o)|unknown|none|self|self-employed|retired|unemployed|homeless|redacted|refused|declined|not (?:known|given|available|reported|applicable|provided|specified|on file)|pending|pendente|n\/?[ai]|nd|tbd|sim|n[ãa]o|yes|no|nil|null|true|false|idem|same|mesm[oa]|[oa] mesm[oa]|vag[oa]|livre|vacant|empty|dispon[íi]vel|reservad[oa]|blank|interdita(?:d[oa])?|aposentad[oa]|desempregad[oa]|do lar|aut[ôo]nom[oa]|a definir|a confirmar|to be determined|tb[acd]|open|aberto|string|text|varchar|integer|date|zip|zip code|postal code|cep|state|estado|uf|country|pa[íi]s|city|cidade|bairro|phone|telefone|e-?mail|fax)$/i
const longestValue = 120
const hasLetters = /\p{L}{2}|\p{L}\. ?\p{L}/u
const worded = new Set(['NOME', 'LOCAL', 'INSTITUICAO'])
const shapes: Readonly<Record<string, RegExp>> = {
  DATA: /^(?=.{4,40}$)(?:.*\d.*)$/u,
  PACIENTE_ID: /^(?=\S{0,40}\d)\S.{1,40}$/u,
  TELEFONE: /(?:\d[^\d]{0,3}){3}/u,
  EMAIL: /@/,
  CPF: /(?:\d[^\d]{0,2}){9}/u,
  CNPJ: /(?:[\dA-Z][^\dA-Z]{0,2}){12}/u,
  CNS: /(?:\d[^\d]{0,2}){11}/u,
  CEP: /^[\d. -]{5,10}$|^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$/u,
  ENDERECO: /\p{L}{2}|\d/u,
  IP: /[.:]/,
}
/** A year alone stays, as does the age in a column of dates. */
const yearOrLess =
  /^\d{1,2}$|^(?:19|20)\d{2}$|^\d{1,2}:\d{2}(?::\d{2})?$|^\d{1,3} ?(?:anos?|a|dias?|days?|years?|yrs?|h|min)$/u

function isPlausible(entity: string, value: string): boolean {
  if (value.length > longestValue || value.length < 2 || empty.test(value) || value.startsWith('['))
    return false
  if (worded.has(entity)) return hasLetters.test(value) && !/^(?:[\d\s.,/:-]+|https?:.*)$/u.test(value)
  if (!/\d/.test(value) && entity !== 'EMAIL' && entity !== 'ENDERECO') return false
  if (entity === 'DATA' && yearOrLess.test(value)) return false
  // The number of a dictionary, `2.16.840.1.113762.1`, is nobody's.
  if (entity === 'PACIENTE_ID' && /^\d{1,3}(?:\.\d{1,9}){4,}$/.test(value)) return false
  const shape = shapes[entity]
  return shape === undefined ? (value.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= 4 : shape.test(value)
}

/** Adds a value if it can be what its field holds; without the title of a person. */
export function addValue(text: string, range: TextRange, entity: string, add: AddValue): void {
  const value = text.slice(range.start, range.end)
  if (!isPlausible(entity, value)) return
  const lead = entity === 'NOME' ? (title.exec(value)?.[0].length ?? 0) : 0
  const tail = entity === 'NOME' ? (ageBehind.exec(value)?.[0].length ?? 0) : 0
  add(entity, { start: range.start + lead, end: range.end - tail })
}

/** Without spaces, quotes and stars at its ends. */
export function trimRange(text: string, from: number, to: number): TextRange {
  let start = from
  let end = to
  while (start < end && /[\s"*_`]/.test(text[start] ?? '')) start++
  while (end > start && /[\s"*_`]/.test(text[end - 1] ?? '')) end--
  return { start, end }
}
