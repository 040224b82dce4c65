import { fold } from '../word.js'
import { entityOfField } from './field-entity.js'

/** What a member of JSON or XML holds; `skip` units at its start are no part of it: `Patient/` of a reference. */
interface MemberEntity {
  readonly entity: string
  readonly skip?: number
}

const personHolder =
  /^(?:subject|patient|performer|generalpractitioner|practitioner|requester|author|recorder|asserter|participant|individual|actor|sender|attender|informant|agent|who|collector|beneficiary|policyholder|subscriber|guarantor|contact|interpreter|operator|dispenser|prescriber|responsible|reviewer|signedby|attending|physician|provider|doctor|nurse|surgeon|mother|father|guardian|nextofkin|emergencycontact|spouse|caregiver|resultsinterpreter|primaryperformer|assigner|enterer|verifier|receiver|person|medico|paciente|mae|pai|responsavel|enfermeiro|contato|assignedperson|associatedperson|relatedperson|employee|student|member|insured|user|owner|titular|profissional|solicitante)s?$/
const houseHolder =
  /^(?:managingorganization|organization|serviceprovider|custodian|location|facility|hospital|clinic|employer|school|representedorganization|providerorganization|clinica|ubs|unidade|instituicao|empresa|escola|empregador|representedcustodianorganization|scopingorganization|institution|workplace)s?$/
const house =
  /(?:hospital|cl[íi]nic|health|medical|centro|center|centre|laborat|\blabs?\b|\bubs\b|\bupa\b|santa casa|maternidade|policl[íi]nica|instituto|institute|unidade|pharmacy|associates|group|department|service)/iu
const leaf = new Set([
  'value',
  'text',
  'display',
  'id',
  'number',
  'code',
  'extension',
  'content',
  'line',
  'string',
  'root',
  'numero',
])
const addressHolder = /^(?:addr|address|addresses|endereco|home_?address|shipping|location|residence)$/
const addressMembers: Readonly<Record<string, string>> = {
  line: 'ENDERECO',
  line1: 'ENDERECO',
  line2: 'ENDERECO',
  streetaddressline: 'ENDERECO',
  street: 'ENDERECO',
  street1: 'ENDERECO',
  text: 'ENDERECO',
  complemento: 'ENDERECO',
  complement: 'ENDERECO',
  unit: 'ENDERECO',
  apt: 'ENDERECO',
  numero: 'ENDERECO',
  number: 'ENDERECO',
  city: 'LOCAL',
  district: 'LOCAL',
  postalcode: 'CEP',
}

/** Systems and types of identifiers, by what their name says. */
const systems: readonly (readonly [string, RegExp])[] = [
  ['CPF', /cpf|(?:^|\W)tax/i],
  ['CNS', /\bcns\b|cartao.?(?:nacional|sus)/i],
  ['SSN', /us-ssn|\bssn?\b|4\.1$|social.?security/i],
  ['REGISTRO_PROFISSIONAL', /us-npi|\bnpi\b|4\.6$|\bcrm\b|coren|\bdea\b|licen[sc]e|\bmd\b/i],
  ['CNH', /driver|\bdl\b/i],
  ['PASSAPORTE', /passport|passaporte|\bppn\b/i],
  ['RG', /\brg\b/i],
  ['CNPJ', /cnpj/i],
  ['PLANO_SAUDE', /insur|member|policy|payer|\bmb\b|subscriber/i],
]

/**
 * The kind of a member by its path of names, its value and its siblings: FHIR (`name.family`, `telecom.value`), CDA
 * (`assignedPerson.name.given`) and free forms (`patient.mrn`).
 */
export function entityOfMember(
  path: readonly string[],
  value: string,
  siblingOf: (name: string) => string | undefined,
): MemberEntity | undefined {
  const names = path.map((name) => fold(name.replace(/^[\w.-]*:/, '')).replaceAll(/[^a-z\d]/g, ''))
  const name = names.at(-1) ?? ''
  const holder = names.at(-2) ?? ''
  if (
    name === 'system' ||
    name === 'url' ||
    name === 'root' ||
    name === 'resourcetype' ||
    names.includes('coding')
  )
    return undefined
  if (name === 'reference') return referenceOf(value)
  if (
    holder === 'identifier' ||
    (name === 'identifier' && !/\s/.test(value)) ||
    (name === 'extension' && holder === 'id')
  )
    return name === 'value' || name === 'identifier' || name === 'extension'
      ? identifierOf(siblingOf)
      : undefined
  if (holder === 'telecom' || name === 'telecom')
    return name === 'value' || name === 'telecom' ? telecomOf(value) : undefined
  const inAddress = names.slice(-3).some((part) => addressHolder.test(part))
    ? addressMembers[name]
    : undefined
  if (inAddress !== undefined) return { entity: inAddress }
  if (name === 'family' || name === 'given') return { entity: 'NOME' }
  if (name === 'id' && !isPersonResource(siblingOf('resourceType'))) return undefined
  if (
    name === 'display' ||
    name === 'name' ||
    name === 'nome' ||
    name === 'nm' ||
    (name === 'text' && holder === 'name')
  )
    return namedOf(names, value)
  if (
    /^\d{8}(?:\d{4,6})?(?:[+-]\d{4})?$/.test(value) &&
    /(?:time|low|high|date)$/.test(name === 'value' ? holder : name)
  )
    return { entity: 'DATA' }
  return byFieldName(path, value)
}

/** The id of a bundle, a value set or a medicine is nobody's. */
function isPersonResource(resource: string | undefined): boolean {
  return (
    resource === undefined || /^(?:Patient|RelatedPerson|Person|Coverage|Encounter|Account)$/.test(resource)
  )
}

function referenceOf(value: string): MemberEntity | undefined {
  const skip = /^(?:\S{0,80}\/)?Patient\/(?=\S{0,40}\d)/.exec(value)?.[0].length
  return skip === undefined ? undefined : { entity: 'PACIENTE_ID', skip }
}

function identifierOf(siblingOf: (name: string) => string | undefined): MemberEntity {
  const system = ['system', 'type', 'use', 'root', 'code', 'assigner', 'label']
    .map((name) => siblingOf(name) ?? '')
    .join(' ')
  return { entity: systems.find(([, pattern]) => pattern.test(system))?.[0] ?? 'PACIENTE_ID' }
}

function telecomOf(value: string): MemberEntity {
  const skip = /^(?:tel|mailto|fax|sms):/i.exec(value)?.[0].length ?? 0
  return { entity: value.includes('@') ? 'EMAIL' : 'TELEFONE', skip }
}

/** A display or name is a person's or a house's by who holds it; without one it says nothing. */
function namedOf(names: readonly string[], value: string): MemberEntity | undefined {
  const holders = names.slice(-4, -1).filter((name) => !/^(?:name|item|entry|resource|\d+)$/.test(name))
  const holder = holders.at(-1) ?? ''
  if (houseHolder.test(holder)) return { entity: 'INSTITUICAO' }
  if (!personHolder.test(holder)) return undefined
  return { entity: house.test(value) ? 'INSTITUICAO' : 'NOME' }
}

/** `patient.mrn`, `paciente.cpf`: the name says it; a name like `value` or `number` says it with its holder's. */
function byFieldName(path: readonly string[], value: string): MemberEntity | undefined {
  const name = path.at(-1) ?? ''
  const holder = path.at(-2) ?? ''
  const entity = leaf.has(name.toLowerCase())
    ? holder === '' && name !== 'id'
      ? undefined
      : entityOfField(`${holder} ${name}`)
    : entityOfField(name)
  if (entity === undefined) return undefined
  // `provider: {…}` holds a person, `contact: "prefers email"` hardly; one value of several words needs capitals.
  if (entity === 'NOME' && !/^\p{Lu}/u.test(value) && !/nome|name|nm/i.test(name)) return undefined
  return { entity }
}
