import type { TextRange } from '../recognizer.js'

/** Fields that identify somebody, by segment of HL7 v2 (counted as in the standard) and the kind they hold. */
const fieldsOf: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  PID: {
    2: 'PACIENTE_ID',
    3: 'PACIENTE_ID',
    4: 'PACIENTE_ID',
    5: 'NOME',
    6: 'NOME',
    7: 'DATA',
    9: 'NOME',
    11: 'ENDERECO',
    13: 'TELEFONE',
    14: 'TELEFONE',
    18: 'PACIENTE_ID',
    19: 'SSN',
    20: 'PACIENTE_ID',
    21: 'PACIENTE_ID',
    23: 'LOCAL',
    29: 'DATA',
  },
  PD1: { 3: 'INSTITUICAO', 4: 'NOME' },
  NK1: { 2: 'NOME', 4: 'ENDERECO', 5: 'TELEFONE', 6: 'TELEFONE', 12: 'PACIENTE_ID', 16: 'DATA' },
  PV1: {
    5: 'PACIENTE_ID',
    7: 'NOME',
    8: 'NOME',
    9: 'NOME',
    17: 'NOME',
    19: 'PACIENTE_ID',
    44: 'DATA',
    45: 'DATA',
    50: 'PACIENTE_ID',
    52: 'NOME',
  },
  IN1: {
    2: 'PLANO_SAUDE',
    3: 'PLANO_SAUDE',
    8: 'PLANO_SAUDE',
    12: 'DATA',
    13: 'DATA',
    16: 'NOME',
    18: 'DATA',
    19: 'ENDERECO',
    36: 'PLANO_SAUDE',
    49: 'PLANO_SAUDE',
  },
  IN2: { 1: 'PLANO_SAUDE', 2: 'SSN', 6: 'PLANO_SAUDE', 61: 'PLANO_SAUDE' },
  GT1: {
    2: 'PACIENTE_ID',
    3: 'NOME',
    4: 'NOME',
    5: 'ENDERECO',
    6: 'TELEFONE',
    7: 'TELEFONE',
    8: 'DATA',
    12: 'SSN',
  },
  ORC: { 2: 'PACIENTE_ID', 3: 'PACIENTE_ID', 9: 'DATA', 10: 'NOME', 11: 'NOME', 12: 'NOME', 14: 'TELEFONE' },
  OBR: {
    2: 'PACIENTE_ID',
    3: 'PACIENTE_ID',
    6: 'DATA',
    7: 'DATA',
    8: 'DATA',
    10: 'NOME',
    14: 'DATA',
    16: 'NOME',
    17: 'TELEFONE',
    22: 'DATA',
    28: 'NOME',
    32: 'NOME',
    33: 'NOME',
    34: 'NOME',
  },
  OBX: { 14: 'DATA', 16: 'NOME' },
  MRG: { 1: 'PACIENTE_ID', 3: 'PACIENTE_ID', 4: 'PACIENTE_ID', 7: 'NOME' },
  EVN: { 2: 'DATA', 5: 'NOME', 6: 'DATA' },
  MSH: { 4: 'INSTITUICAO', 7: 'DATA' },
  TXA: { 4: 'DATA', 5: 'NOME', 6: 'DATA', 9: 'NOME', 10: 'NOME', 12: 'PACIENTE_ID' },
  SCH: { 1: 'PACIENTE_ID', 2: 'PACIENTE_ID', 12: 'NOME', 16: 'NOME', 20: 'NOME' },
  AIP: { 3: 'NOME' },
  DG1: { 5: 'DATA', 16: 'NOME' },
  PR1: { 5: 'DATA', 8: 'NOME', 11: 'NOME', 12: 'NOME' },
  ACC: { 1: 'DATA' },
  // Analysers write the same in segments of one letter (ASTM E1394).
  P: {
    2: 'PACIENTE_ID',
    3: 'PACIENTE_ID',
    4: 'PACIENTE_ID',
    5: 'NOME',
    6: 'NOME',
    7: 'DATA',
    10: 'ENDERECO',
    12: 'TELEFONE',
    13: 'NOME',
  },
  O: { 2: 'PACIENTE_ID', 3: 'PACIENTE_ID', 6: 'DATA', 7: 'DATA', 14: 'DATA', 16: 'NOME' },
  H: {},
  R: {},
}
const longestField = 250
const segmentStart = /^[ \t]{0,4}([A-Z][A-Z\d]{2}|[POR](?=\|\d{1,4}\|)|H(?=\|\\\^&))\|/

/** Adds to `found` the identifying fields of the line from `start` to `end`; false when it is no segment of a message. */
export function readHl7Segment(
  text: string,
  start: number,
  end: number,
  found: (entity: string, range: TextRange) => void,
): boolean {
  const match = segmentStart.exec(text.slice(start, Math.min(end, start + 8)))
  const name = match?.[1] ?? ''
  const fields = Object.hasOwn(fieldsOf, name) ? fieldsOf[name] : undefined
  if (match === null || fields === undefined) return false
  let from = start + match[0].length
  // MSH counts the separator itself as its first field.
  for (let number = name === 'MSH' ? 2 : 1; from <= end; number++) {
    const bar = text.indexOf('|', from)
    const to = bar < 0 || bar > end ? end : bar
    const entity = fields[number]
    if (to - from <= longestField) {
      if (entity !== undefined) addComponents(text, from, to, entity, found)
      addUnplaced(text, from, to, found)
    }
    from = to + 1
  }
  return true
}

const timestamp = /(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[0-2]\d[0-5]\d(?:[0-5]\d)?(?!\d)/
const codedName = /^\d{3,12}\^\p{Lu}[\p{L}'-]{1,30}\^\p{Lu}/u

/** Times to the minute and numbered persons identify wherever a system puts them. */
function addUnplaced(
  text: string,
  from: number,
  to: number,
  found: (entity: string, range: TextRange) => void,
): void {
  const value = text.slice(from, to)
  if (codedName.test(value)) addName(value, from, found)
  const time = timestamp.exec(value)
  if (time !== null) found('DATA', { start: from + time.index, end: from + time.index + time[0].length })
}

/** Which components say who or where: all of a name (`12345^SILVA^ANA`), the number of an identifier. */
function addComponents(
  text: string,
  from: number,
  to: number,
  entity: string,
  found: (entity: string, range: TextRange) => void,
): void {
  let start = from
  while (start < to) {
    const tilde = text.indexOf('~', start)
    const end = tilde < 0 || tilde > to ? to : tilde
    const value = text.slice(start, end)
    if (entity === 'PACIENTE_ID' || entity === 'PLANO_SAUDE' || entity === 'SSN' || entity === 'DATA') {
      const first = value.split(/[\^&]/, 1)[0] ?? ''
      if (/\d/.test(first)) found(entity, trimmed(text, start, start + first.length))
    } else if (entity === 'NOME') addName(value, start, found)
    else if (/[\p{L}\p{N}]{3}/u.test(value)) found(entity, trimmed(text, start, end))
    start = end + 1
  }
}

/** A name's components from the first with letters on; a number before them is the person's registration. */
function addName(value: string, start: number, found: (entity: string, range: TextRange) => void): void {
  const code = /^([A-Za-z]{0,3}\d[\w.-]{2,20})(?:\^|$)/.exec(value)
  if (code !== null) found('REGISTRO_PROFISSIONAL', { start, end: start + (code[1] ?? '').length })
  const name = /\p{L}[\p{L}'’. -]{0,40}(?:\^[\p{L}'’. -]{0,40}){0,5}/u.exec(
    value.slice(code?.[0].length ?? 0),
  )
  if (name === null) return
  const at = start + (code?.[0].length ?? 0) + name.index
  const length = name[0].replace(/[\^ ]+$/, '').length
  if (length > 1) found('NOME', { start: at, end: at + length })
}

function trimmed(text: string, from: number, to: number): TextRange {
  let start = from
  let end = to
  while (start < end && /[\s^]/.test(text[start] ?? '')) start++
  while (end > start && /[\s^]/.test(text[end - 1] ?? '')) end--
  return { start, end }
}
