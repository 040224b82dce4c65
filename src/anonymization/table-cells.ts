import { readHl7Segment } from './hl7-segments.js'
import type { TextRange } from './recognizer.js'
import type { ScannedText } from './scanned-text.js'
import { fold } from './word.js'

/** Headers of columns that hold one kind of identifier each; folded, comma-separated. */
const headersOf: Readonly<Record<string, string>> = {
  NOME: `nome, nome completo, nome social, paciente, nome do paciente, nome da paciente, nome da mae, mae, nome do pai, pai, responsavel, titular, medico, medica, medico responsavel,
    solicitante, enfermeiro, enfermeira, profissional, contato, acompanhante, cuidador, beneficiario, aluno, funcionario, name, full name, patient, patient name, last name, first name,
    surname, given name, physician, provider, attending, doctor, surgeon, nurse, contact, emergency contact, next of kin, caregiver, mother, father, guardian, subscriber, client, resident, employee`,
  DATA: `data, data de nascimento, data nascimento, data nasc, dt nasc, dn, nasc, nascimento, data_nasc, data_nascimento, admissao, data de admissao, data admissao, internacao, data internacao, alta, data da alta, data alta,
    consulta, data da consulta, obito, coleta, data coleta, date, dob, d.o.b., birth date, birthdate, date of birth, birth_date, admitted, admission, admission date, admit date, discharge date, discharged, visit, visit date, collected, dod`,
  TELEFONE: `telefone, tel, tel., fone, celular, cel, cel., contato tel, tel contato, whatsapp, telefone_contato, phone, phone number, phone no, tel no, mobile, cell, home phone, work phone, fax, contact number`,
  PACIENTE_ID: `id, paciente_id, id_paciente, prontuario, pront, pront., n prontuario, no prontuario, registro, reg, atendimento, matricula, guia, mrn, patient id, patient_id, record, record no, record number,
    chart, chart no, account, acct, account number, case, case no, encounter, accession, specimen, visit id, visit no, member no`,
  CPF: 'cpf, cpf do paciente, cpf paciente',
  RG: 'rg, identidade, n rg',
  CNS: 'cns, cartao sus, cartao_sus, n sus, sus, cartao nacional de saude',
  CEP: 'cep, zip, zip code, postal code, postcode',
  ENDERECO: 'endereco, logradouro, rua, address, street, street address, residence',
  LOCAL:
    'cidade, municipio, naturalidade, procedencia, bairro, localidade, city, town, hometown, birthplace, place of birth',
  INSTITUICAO:
    'hospital, unidade de saude, ubs, clinica, instituicao, facility, clinic, employer, school, escola, empresa',
  SSN: 'ssn, social security, social security number',
  PLANO_SAUDE:
    'carteirinha, carteira, n carteirinha, member id, policy, policy number, policy no, insurance id, subscriber id',
}

const entityOfHeader = new Map<string, string>()
for (const [entity, list] of Object.entries(headersOf))
  for (const header of list.split(',')) entityOfHeader.set(header.trim(), entity)

const delimiters = ['|', ';', '\t', ','] as const
const longestHeaderLine = 400
const fewestColumns = 2
const title = /^(?:dr|dra|drª|sr|sra|prof|profa|enf|enfa|mr|mrs|ms|miss)\.? {1,2}/i
/** What a form writes where it knows nothing. */
const empty =
  /^(?:n[ãa]o (?:informad[oa]|consta|sabe|tem)|ignorad[oa]|desconhecid[oa]|sem (?:nome|telefone|dados?|contato)|unknown|none|not (?:known|given|available|reported)|pending|pendente|n\/?[ai]|nd|tbd|sim|n[ãa]o|yes|no|nil|idem)$/i

interface Column {
  readonly entity: string | undefined
}

/** Cells of a line; a comma with a space behind it belongs to its cell: `Nov. 19, 2001`. */
function cellsOf(text: string, start: number, end: number, delimiter: string): TextRange[] {
  const cells: TextRange[] = []
  let from = start
  for (let at = start; at <= end; at++) {
    const isEnd = at === end || (text[at] === delimiter && (delimiter !== ',' || text[at + 1] !== ' '))
    if (!isEnd) continue
    cells.push(trimmed(text, from, at))
    from = at + 1
  }
  return cells
}

function trimmed(text: string, from: number, to: number): TextRange {
  let start = from
  let end = to
  while (start < end && /[\s"]/.test(text[start] ?? '')) start++
  while (end > start && /[\s"]/.test(text[end - 1] ?? '')) end--
  return { start, end }
}

function readHeader(
  text: string,
  start: number,
  end: number,
): { delimiter: string; columns: Column[] } | undefined {
  if (end - start > longestHeaderLine) return undefined
  // Not `indexOf` from here on: over lines without one it would read the rest of the text at each.
  const line = text.slice(start, end)
  for (const delimiter of delimiters) {
    if (!line.includes(delimiter)) continue
    const cells = cellsOf(text, start, end, delimiter)
    if (cells.length < fewestColumns) continue
    const columns = cells.map((cell) => ({
      entity: entityOfHeader.get(
        fold(text.slice(cell.start, cell.end))
          .replaceAll(/[º°:#*]/g, '')
          .trim(),
      ),
    }))
    const known = columns.filter(({ entity }) => entity !== undefined).length
    if (known >= fewestColumns && known * 2 >= cells.filter((cell) => cell.end > cell.start).length)
      return { delimiter, columns }
  }
  return undefined
}

const cellsByText = new WeakMap<ScannedText, ReadonlyMap<string, readonly TextRange[]>>()

function readTables({ text }: ScannedText): ReadonlyMap<string, readonly TextRange[]> {
  const found = new Map<string, TextRange[]>()
  const add = (entity: string, range: TextRange): void => {
    const list = found.get(entity) ?? []
    list.push(range)
    found.set(entity, list)
  }
  let table: ReturnType<typeof readHeader>
  for (let start = 0; start < text.length; ) {
    const lineBreak = text.indexOf('\n', start)
    const end = lineBreak < 0 ? text.length : lineBreak
    if (readHl7Segment(text, start, end, add)) {
      start = end + 1
      continue
    }
    const header = readHeader(text, start, end)
    if (header !== undefined) table = header
    else if (table !== undefined) {
      const cells = cellsOf(text, start, end, table.delimiter)
      if (cells.length !== table.columns.length) table = undefined
      else addCells(text, cells, table.columns, add)
    }
    start = end + 1
  }
  return found
}

function addCells(
  text: string,
  cells: readonly TextRange[],
  columns: readonly Column[],
  add: (entity: string, range: TextRange) => void,
): void {
  for (const [index, cell] of cells.entries()) {
    const entity = columns[index]?.entity
    const value = text.slice(cell.start, cell.end)
    if (entity === undefined || value.length > 120 || empty.test(value) || value.startsWith('[')) continue
    if (!/[\p{L}\p{N}]{2}/u.test(value) || (!namesThings.has(entity) && !/\d/.test(value))) continue
    const lead = entity === 'NOME' ? (title.exec(value)?.[0].length ?? 0) : 0
    add(entity, { start: cell.start + lead, end: cell.end })
  }
}

const namesThings = new Set(['NOME', 'LOCAL', 'INSTITUICAO', 'ENDERECO'])

/** The cells below a header that names this kind of identifier, in tables drawn by `|`, `;`, tab or comma, and such fields of HL7 v2 messages. */
export function findTableCells(scanned: ScannedText, entity: string): readonly TextRange[] {
  let cells = cellsByText.get(scanned)
  if (cells === undefined) {
    cells = readTables(scanned)
    cellsByText.set(scanned, cells)
  }
  return cells.get(entity) ?? []
}
