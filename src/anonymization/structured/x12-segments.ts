import type { TextRange } from '../recognizer.js'
import type { AddValue } from './structured-values.js'
import { addValue } from './value-check.js'

const start = /(?:^|[~\n])\s{0,3}(?:ISA|ST|NM1|CLM|CLP|HL|BHT|BPR|N1|SVC|LX|CAS)\*/
const segment = /(?:^|(?<=[~\n]))[ \t]{0,4}([A-Z][A-Z\d]{1,2})\*([^~\n]{1,300})/g
/** Elements that hold one kind each, counted from 1, of segments of claims and remittances (ASC X12 837, 835, 270, 271). */
const elementsOf: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  N3: { 1: 'ENDERECO', 2: 'ENDERECO' },
  N4: { 1: 'LOCAL', 3: 'CEP' },
  DMG: { 2: 'DATA' },
  DTP: { 3: 'DATA' },
  DTM: { 2: 'DATA' },
  CLM: { 1: 'PACIENTE_ID' },
  CLP: { 1: 'PACIENTE_ID', 7: 'PACIENTE_ID' },
  REF: { 2: 'PACIENTE_ID' },
  TRN: { 2: 'PACIENTE_ID' },
  BHT: { 4: 'DATA' },
}
const numberOf: Readonly<Record<string, string>> = {
  MI: 'PLANO_SAUDE',
  XX: 'REGISTRO_PROFISSIONAL',
  '34': 'SSN',
  '24': 'PACIENTE_ID',
  FI: 'PACIENTE_ID',
}

/** Adds persons, addresses, dates and numbers of ASC X12 messages: `NM1*IL*1*DOE*JANE****MI*W123~`. */
export function readX12Segments(text: string, add: AddValue): void {
  if (!text.includes('*') || !start.test(text)) return
  segment.lastIndex = 0
  for (let match = segment.exec(text); match !== null; match = segment.exec(text)) {
    const [whole, name = '', rest = ''] = match
    const elements = rangesOf(rest, match.index + whole.length - rest.length)
    if (name === 'NM1') readName(text, elements, add)
    else if (name === 'PER') readContact(text, elements, add)
    else readElements(text, elements, elementsOf[name] ?? {}, add)
  }
}

function rangesOf(rest: string, from: number): TextRange[] {
  let at = from
  return rest.split('*').map((element) => {
    const range = { start: at, end: at + element.length }
    at = range.end + 1
    return range
  })
}

function readElements(
  text: string,
  elements: readonly TextRange[],
  kinds: Readonly<Record<number, string>>,
  add: AddValue,
): void {
  for (const [index, range] of elements.entries()) {
    const entity = kinds[index + 1]
    if (entity !== undefined) addValue(text, range, entity, add)
  }
}

/** Kind of person or house, its names, and its number by the code before it. */
function readName(text: string, elements: readonly TextRange[], add: AddValue): void {
  const elementAt = (number: number): string => {
    const range = elements[number - 1]
    return range === undefined ? '' : text.slice(range.start, range.end)
  }
  const entity = elementAt(2) === '2' ? 'INSTITUICAO' : 'NOME'
  // A payer is nobody's house.
  const isPayer = elementAt(1) === 'PR'
  for (const number of [3, 4, 5]) {
    const range = elements[number - 1]
    if (range !== undefined && !isPayer) addValue(text, range, entity, add)
  }
  const number = elements[8]
  const kind = numberOf[elementAt(8)]
  if (number !== undefined && kind !== undefined && !isPayer) addValue(text, number, kind, add)
}

function readContact(text: string, elements: readonly TextRange[], add: AddValue): void {
  for (const [index, range] of elements.entries()) {
    const before = elements[index - 1]
    const code = before === undefined ? '' : text.slice(before.start, before.end)
    if (index === 1) addValue(text, range, 'NOME', add)
    else if (/^(?:TE|FX|EX)$/.test(code)) addValue(text, range, 'TELEFONE', add)
    else if (code === 'EM') addValue(text, range, 'EMAIL', add)
  }
}
