import { fold } from '../word.js'

/** Whole names of fields and columns that tell their kind only together; folded, one space between words. */
const wholeNames: Readonly<Record<string, string>> = {
  NOME: `mae, pai, responsavel, titular, solicitante, contato, acompanhante, cuidador, cuidadora, filiacao, conjuge, last first, patient last first, emergency contact, next of kin, mother, father, spouse,
    guardian, subscriber, insured, family, given, given names, prefix given, signature, assinatura, assinado por, signed by, ordered by, ordering, referred by, referring, pcp, rn, attending, author, autor, requester, requesting, performed by, executante, prescritor, prescriber,
    initials, iniciais, subject initials, patient initials, iniciais do paciente, iniciais paciente, surname, sobrenome, firstname, lastname, fullname, forename, forenames, apelido, nickname, alias, mother s name, father s name, dr, dra, md, primeiro nome, ultimo nome, known as, preferred name`,
  DATA: `data, date, nasc, nascimento, dn, d n, dob, d o b, dod, dos, dt, doa, dod, birth, birthdate, deceased, admission, admitted, discharge, discharged, admissao, internacao, alta, coleta, collected, consulta, visit,
    last visit, next visit, obito, retorno, seen, issued, period start, period end, start, end, effective, authored on, recorded, onset, emissao, realizado em, agendamento`,
  TELEFONE: 'ramal, extension, ext, contato tel, tel contato, contact number, contact no, zap, recado',
  PACIENTE_ID: `id, uid, guid, record, registro, reg, atendimento, matricula, guia, mrn, case, chart, account, acct, encounter, accession, specimen, prontuario, pront, subject, participant, internacao n, same, barcode, nr, nhc`,
  LOCAL:
    'mun, munic res, mun res, naturalidade, procedencia, bairro, localidade, cidade, municipio, munic, city, town, hometown, birthplace, village, district, distrito, county, residence city, birth place, place of birth, cidade uf, municipio uf, city state',
  ENDERECO: 'rua, residence, residencia, line, lines, end, domicilio, street line, address line',
  INSTITUICAO: `hospital, facility, clinic, employer, school, escola, empresa, empregador, instituicao, unidade de saude, ubs, clinica, institution, organization, organisation, site name, estabelecimento, workplace, local de trabalho, estabelecimento de saude,
    managing organization, custodian, service provider, campus, unidade origem, hospital de origem, referring facility, unidade solicitante`,
  PLANO_SAUDE: 'carteirinha, carteira, policy, subscriber no, medicare, medicaid, mbi, apolice',
  RG: 'rg, identidade',
  CNS: 'cns, sus, cartao sus, cartao nacional de saude, n sus',
  CEP: 'cep, zip, zipcode, postal code, postcode, postalcode, zip code',
  SSN: 'ssn, social security, social security number, social security no',
  EMAIL: 'email, e mail, mail, correio eletronico',
  IP: 'ip, ip address, endereco ip',
  PLACA: 'placa, plate, license plate, vin, chassi',
  CARTAO: 'card number, credit card, cartao de credito, numero do cartao, card no',
  CONTA: 'iban, conta corrente, conta bancaria, bank account, chave pix, pix, account iban',
  CNH: 'cnh, driver license, drivers license, driver s license, dl',
  REGISTRO_PROFISSIONAL:
    'license number, license no, licence number, licence no, license, registro profissional, conselho',
  IDADE: '',
  TITULO_ELEITOR: 'titulo de eleitor, titulo eleitor, titulo eleitoral, n titulo eleitor',
}

/** Single words of a name that decide it wherever they stand, in order of strength. */
const deciding: readonly (readonly [string, RegExp])[] = [
  ['EMAIL', /^(?:e?mails?)$/],
  ['CPF', /^(?:cpf|nrcpf|numcpf)$/],
  ['CNPJ', /^cnpj$/],
  ['CNS', /^(?:cns|cartaosus)$/],
  ['SSN', /^ssn$/],
  ['PIS', /^(?:pis|pasep|nis|nit)$/],
  ['PASSAPORTE', /^(?:passport|passaporte)$/],
  ['REGISTRO_PROFISSIONAL', /^(?:npi|crm|coren|crefito|cro|dea|rqe|upin)$/],
  ['PLACA', /^(?:placa|vin|chassi)$/],
  ['DISPOSITIVO', /^(?:imei|udi|serial)$/],
  ['CEP', /^(?:cep|zip|zipcode|postcode|postalcode)$/],
  [
    'TELEFONE',
    /^(?:tel|telefone|telefones|fone|phone|telephone|celular|cel|mobile|cell|fax|whatsapp|phones|ddd)$/,
  ],
  ['DATA', /^(?:dob|birthdate|nasc|nascimento|birth|dtnasc|birthday)$/],
]

const dateWord = /^(?:dt|date|data|datetime|timestamp|dthr|dh)$/
const nameWord = /^(?:nm|nome|name|nom|names|nomes)$/
const numberWord = /^(?:id|cd|cod|codigo|nr|no|n|num|numero|number|nro|identifier|code|seq|key|pk|ref)$/
/** Of whom or what a number or name is. */
const patientWord =
  /^(?:pac|paciente|patient|pt|prontuario|pront|mrn|record|subject|participant|encounter|atendimento|atend|visit|accession|specimen|chart|account|acct|case|admission|internacao|registro|matricula|guia|empi|mpi|person|pessoa|usuario|csn|episode|exame|laudo|pedido|order|lab|sample|amostra|hosp|hospital|medical)$/
const planWord =
  /^(?:member|subscriber|policy|insurance|carteirinha|carteira|beneficiario|beneficiary|convenio|plano|payer|group)$/
const placeWord = /^(?:cidade|municipio|munic|mun|city|town|bairro|naturalidade|neighborhood)$/
const streetWord = /^(?:endereco|logradouro|address|addr|street|ender)$/
const houseWord =
  /^(?:hospital|facility|clinic|clinica|ubs|employer|school|escola|empresa|empregador|organization|organisation|instituicao|institution|unidade|workplace|pharmacy|estabelecimento|company|org)$/
const personWord =
  /^(?:patient|paciente|pac|pt|mother|mae|father|pai|medico|medica|physician|provider|doctor|surgeon|nurse|enfermeiro|enfermeira|guardian|caregiver|spouse|responsavel|contato|contact|attending|client|cliente|resident|residente|employee|funcionario|aluno|student|beneficiario|titular|solicitante|acompanhante|cuidador|cuidadora|clinician|practitioner|professional|profissional|therapist|member|subscriber|insured|guarantor|author|signer|user|owner|donor|recipient|first|last|full|middle|given|family|maiden|social|completo|preferred|relative|kin|parent|child|newborn|driver|victim|witness|cirurgiao|anestesista|anestesiologista|instrumentador|instrumentadora|auxiliar|anesthesiologist|anesthetist|assistant|residente|preceptor|examinador|radiologista|patologista|radiologist|pathologist|tecnico|technician|terapeuta|fisioterapeuta|psicologo|psicologa|dentista|dentist|pharmacist|farmaceutico)$/
/** Names of these are nobody's: `drug_name`, `nm_exame`. */
const thingWord =
  /^(?:drug|medication|medicamento|test|exame|exam|procedure|procedimento|product|produto|file|arquivo|table|column|field|event|status|type|tipo|state|uf|estado|country|pais|unit|department|setor|ward|service|servico|plan|plano|payer|insurance|convenio|lab|code|variable|group|grupo|study|protocol|device|brand|model|diagnosis|diagnostico|allergy|item|order|class|domain|host|relationship|parentesco|relacao|language|gender|sex|sexo|race|age|idade|system|display|marital|civil|title|role|cargo|specialty|especialidade|profissao|occupation|reason|motivo|method|result|resultado|value|valor|time|hora|dose|quantity|count|total|weight|height|score)$/

const longestName = 60
const byWhole = new Map<string, string>()
for (const [entity, list] of Object.entries(wholeNames))
  for (const name of list.split(','))
    if (name.trim() !== '') byWhole.set(name.trim().replaceAll(/\s+/g, ' '), entity)

/** The words of `patientID`, `nm_paciente`, `Nº do Prontuário:`; articles and prepositions are left out. */
function wordsOf(name: string): string[] {
  const spaced = name.replaceAll(/(?<=\p{Ll}|\p{Lu}(?=\p{Lu}\p{Ll}))(?=\p{Lu})/gu, ' ')
  return fold(spaced.replaceAll(/[ºª°]/g, ' '))
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.replace(/(?<=\p{L}{2})\d$/u, ''))
    .filter((word) => word !== '' && !/^(?:d[aeo]s?|of|the|o|a)$/.test(word))
}

const known = new Map<string, string | undefined>()
const mostKnown = 5000

/** The kind of identifier that a field or column of this name holds: `dt_nasc`, `Patient Name`, `numeroCPF`. */
export function entityOfField(name: string): string | undefined {
  if (name.length > longestName) return undefined
  if (known.has(name)) return known.get(name)
  if (known.size >= mostKnown) known.clear()
  const entity = classify(wordsOf(name))
  known.set(name, entity)
  return entity
}

function classify(words: readonly string[]): string | undefined {
  const [first = ''] = words
  if (first === '' || words.length > 6) return undefined
  const whole = byWhole.get(words.join(' '))
  if (whole !== undefined) return whole
  const has = (pattern: RegExp): boolean => words.some((word) => pattern.test(word))
  for (const [entity, pattern] of deciding) if (has(pattern)) return entity
  const last = words.at(-1) ?? ''
  if (dateWord.test(first) || dateWord.test(last)) return 'DATA'
  if (has(nameWord) && !has(numberWord)) return nameEntity(has)
  if (has(planWord) && has(numberWord)) return 'PLANO_SAUDE'
  if (has(patientWord) && (numberWord.test(last) || numberWord.test(first)))
    return has(dateWord) ? 'DATA' : 'PACIENTE_ID'
  if (has(thingWord)) return undefined
  if (has(streetWord)) return 'ENDERECO'
  if (has(placeWord)) return 'LOCAL'
  if (has(houseWord) && words.length <= 2) return 'INSTITUICAO'
  return words.length <= 3 && isPersonField(words) ? 'NOME' : undefined
}

function nameEntity(has: (pattern: RegExp) => boolean): string | undefined {
  if (has(houseWord)) return 'INSTITUICAO'
  if (has(placeWord)) return 'LOCAL'
  if (has(thingWord) && !has(personWord)) return undefined
  return 'NOME'
}

/** `Médico responsável`, `attending physician`: every word says who. */
function isPersonField(words: readonly string[]): boolean {
  return words.every(
    (word) =>
      personWord.test(word) ||
      /^(?:legal|assistente|primary|care|ordering|referring|responsible)$/.test(word),
  )
}
