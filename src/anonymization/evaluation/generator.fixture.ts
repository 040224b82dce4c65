import { brazilianCities, englishCities } from '../lexicon/places.js'
import { seededNumbers } from '../strategies/secret.js'
import { type GoldSpan, readMarkedText } from './marked-text.fixture.js'
import { templatesEn, templatesPt } from './templates.fixture.js'

type Pick = (bound: number) => number

const namesPt =
  'Adriana Cecília Davi Emanuel Fátima Gilberto Heloísa Ítalo Jaqueline Kleber Lorena Márcio Neide Olavo Pérola Quitéria Raul Silvana Túlio Valdir Wesley Zenaide'.split(
    ' ',
  )
const surnamesPt =
  'Arantes Bittencourt Cavalcanti Damasceno Evangelista Figueira Gonzaga Holanda Junqueira Kubota Lacerda Magalhães Nóbrega Ornelas Prudente Quintana Rebouças Siqueira Tavares Ueda Vilela Zanetti'.split(
    ' ',
  )
const namesEn =
  'Abigail Brandon Cecilia Dustin Erica Felix Gladys Howard Imogen Jerome Kendra Leonard Maureen Nolan Odessa Preston Quentin Rosalind Sheldon Tamara Vernon Winifred'.split(
    ' ',
  )
const surnamesEn =
  'Atkinson Blevins Crawford Dalton Eastwood Fitzgerald Gallagher Hutchinson Ibarra Jameson Kowalczyk Lindberg McAllister Nakamura OBrien Pemberton Quigley Rutherford Sandoval Thornton Vasquez Whitaker'.split(
    ' ',
  )
const monthsPt =
  'janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro'.split(' ')
const monthsEn =
  'January February March April May June July August September October November December'.split(' ')

const one = <T>(list: readonly T[], pick: Pick): T => list[pick(list.length)] as T
const digits = (count: number, pick: Pick): string => Array.from({ length: count }, () => pick(10)).join('')
const pad = (value: number): string => String(value).padStart(2, '0')

/** `#` a digit, `@` a capital letter, everything else itself. */
const shaped = (shape: string, pick: Pick): string =>
  shape.replaceAll(/[#@]/g, (mark) => (mark === '#' ? String(pick(10)) : String.fromCharCode(65 + pick(26))))

function cpfDigits(pick: Pick): string {
  const base = digits(9, pick)
  const check = (body: string): number => {
    const sum = [...body].reduce(
      (total, digit, index) => total + Number(digit) * (body.length + 1 - index),
      0,
    )
    return ((sum * 10) % 11) % 10
  }
  const first = check(base)
  return `${base}${first}${check(`${base}${first}`)}`
}

const cased = (name: string, pick: Pick): string => one([name, name, name, name.toUpperCase()], pick)

/** Values of the templates' fields. Upper-case fields are identifiers, the rest fills in. */
const makers: Readonly<Record<string, (pick: Pick, pt: boolean) => string>> = {
  NOME: (pick, pt) => {
    const given = one(pt ? namesPt : namesEn, pick)
    const surnames = pt ? surnamesPt : surnamesEn
    const middle = one(pt ? ['', '', ' de', ' da'] : ['', '', ` ${one([...'ABCDEFGHJKLM'], pick)}.`], pick)
    const second = pt && pick(2) === 0 ? ` ${one(surnames, pick)}` : ''
    return cased(`${given}${second}${middle} ${one(surnames, pick)}`, pick)
  },
  SOBRENOME: (pick, pt) => one(pt ? surnamesPt : surnamesEn, pick),
  PRENOME: (pick, pt) => one(pt ? namesPt : namesEn, pick),
  DATA: (pick, pt) => {
    const [day, month, year] = [1 + pick(28), 1 + pick(12), 1940 + pick(84)]
    const name = (pt ? monthsPt : monthsEn)[month - 1] ?? ''
    const forms = pt
      ? [
          `${pad(day)}/${pad(month)}/${year}`,
          `${day}/${month}/${year}`,
          `${pad(day)}.${pad(month)}.${year}`,
          `${pad(day)}-${pad(month)}-${year}`,
          `${day} de ${name} de ${year}`,
          `${year}-${pad(month)}-${pad(day)}`,
          `${pad(day)}/${pad(month)}/${pad(year % 100)}`,
          `${pad(month)}/${year}`,
          `${name} de ${year}`,
          `${name.slice(0, 3)}/${year}`,
          `${day}/${name.slice(0, 3)}/${year}`,
        ]
      : [
          `${pad(month)}/${pad(day)}/${year}`,
          `${month}/${day}/${year}`,
          `${name} ${day}, ${year}`,
          `${day} ${name} ${year}`,
          `${year}-${pad(month)}-${pad(day)}`,
          `${name.slice(0, 3)} ${day}, ${year}`,
          `${day}-${name.slice(0, 3)}-${year}`,
          `${pad(month)}/${pad(day)}/${pad(year % 100)}`,
          `${name} ${year}`,
          `${name} ${day}th, ${year}`,
          `the ${day}th of ${name} ${year}`.slice(4),
        ]
    return one(forms, pick)
  },
  CPF: (pick) => {
    const value = cpfDigits(pick)
    return one([value, value.replace(/(\d{3})(\d{3})(\d{3})(\d{2})/, '$1.$2.$3-$4')], pick)
  },
  RG: (pick) =>
    shaped(one(['##.###.###-#', '#.###.###', '########', 'MG-##.###.###', '##.###.###-X'], pick), pick),
  CNS: (pick) => shaped(one(['7## #### #### ####', '###############'], pick), pick),
  TELEFONE: (pick, pt) =>
    shaped(
      one(
        pt
          ? [
              '(11) 9####-####',
              '(21) 3###-####',
              '+55 31 9####-####',
              '719########',
              '85 9####-####',
              '(41) 9 ####-####',
              '0800 ### ####',
              '(051) 9####-####',
              '11 9####.####',
            ]
          : [
              '(3##) 555-####',
              '4##-555-####',
              '+1 212 555 ####',
              '617.555.####',
              '1-800-555-####',
              '(7##)555-####',
              '503 555 ####',
            ],
        pick,
      ),
      pick,
    ),
  EMAIL: (pick, pt) =>
    `${one(pt ? namesPt : namesEn, pick)
      .normalize('NFD')
      .replaceAll(/[^A-Za-z]/g, '')
      .toLowerCase()}${one(['.', '_', '-', ''], pick)}${digits(2, pick)}@${one(['gmail.com', 'hospital.org.br', 'saude.gov.br', 'mail.clinic.org', 'yahoo.co.uk'], pick)}`,
  PACIENTE_ID: (pick) =>
    shaped(
      one(['#######', '###.###', '##-##-##', '#####/##', '@######', 'MR#######', '######-#'], pick),
      pick,
    ),
  REGISTRO: (pick) => shaped(one(['#####', '######', '##.###', '###.###'], pick), pick),
  NPI: (pick) => shaped('1#########', pick),
  CEP: (pick, pt) =>
    shaped(
      pt ? one(['#####-###', '##.###-###', '########'], pick) : one(['#####', '#####-####'], pick),
      pick,
    ),
  ENDERECO: (pick, pt) => {
    const house = 1 + pick(4000)
    return pt
      ? `${one(['Rua', 'Avenida', 'Av.', 'R.', 'Travessa', 'Alameda', 'Praça'], pick)} ${one(surnamesPt, pick)} ${one(surnamesPt, pick)}, ${one(['', 'nº ', 'n. '], pick)}${house}${one(['', ', apto 12', ', casa 2', ', bloco C, apto 301', ', fundos'], pick)}`
      : `${house} ${one(['', 'N. ', 'West '], pick)}${one(surnamesEn, pick)} ${one(['St', 'Street', 'Ave', 'Road', 'Blvd', 'Lane', 'Drive', 'Court'], pick)}${one(['', ', Apt 4B', ', Suite 210', ' #12'], pick)}`
  },
  LOCAL: (pick, pt) => {
    const city = one(
      (pt ? brazilianCities : englishCities)
        .split(',')
        .map((name) => name.trim())
        .filter((name) => /^[a-z ]+$/.test(name)),
      pick,
    )
    return city.replaceAll(/(?<=^| )(?!d[aeo]s? |del? |e )\p{L}/gu, (letter) => letter.toUpperCase())
  },
  INSTITUICAO: (pick, pt) =>
    pt
      ? `${one(['Hospital', 'Clínica', 'UBS', 'UPA', 'Maternidade', 'Hospital Municipal', 'Hospital Estadual', 'Policlínica'], pick)} ${one(['Santa Rita', 'São Camilo', 'Boa Vista', `Dr. ${one(surnamesPt, pick)}`, `${one(namesPt, pick)} ${one(surnamesPt, pick)}`], pick)}`
      : `${one(['Mercy', 'St. Anne', 'Cedar Ridge', 'Baptist', one(surnamesEn, pick), 'Lakeside'], pick)} ${one(['Hospital', 'Medical Center', 'Memorial Hospital', 'Clinic', 'Nursing Home', 'General Hospital'], pick)}`,
  PLANO_SAUDE: (pick) =>
    shaped(
      one(['#################', '###.####.######-##', '@@@#########', '#@##@@#@@##', '############'], pick),
      pick,
    ),
  CONTA: (pick) => shaped(one(['#####-#', '######-#', '###-######', '########'], pick), pick),
  IP: (pick) => `${one([10, 172, 192, 200], pick)}.${pick(255)}.${pick(255)}.${1 + pick(254)}`,
  URL: (pick) =>
    `https://${one(['www.facebook.com/', 'portal.clinica.com.br/p/', 'instagram.com/'], pick)}${digits(6, pick)}`,
  PLACA: (pick, pt) =>
    shaped(
      pt
        ? one(['@@@#@##'.replace(/@(?=##$)/, 'B'), '@@@-####', '@@@ ####'], pick)
        : one(['@@@ ####', '#@@@###'], pick),
      pick,
    ),
  DISPOSITIVO: (pick) => shaped(one(['SN########', '@@######@', '####-######-@', '@#########'], pick), pick),
  SSN: (pick) => shaped(one(['2##-4#-5###', '3########'], pick), pick),
  IDADE: (pick) => String(90 + pick(15)),
  idade: (pick) => String(18 + pick(70)),
  dose: (pick) => one(['500 mg', '10 mg 1x/dia', '40 UI', '2,5 mg', '0.5 mg/kg'], pick),
  pa: (pick) => `${110 + pick(60)}x${60 + pick(40)}`,
}
const typeOf: Readonly<Record<string, string>> = {
  SOBRENOME: 'NOME',
  PRENOME: 'NOME',
  REGISTRO: 'REGISTRO_PROFISSIONAL',
  NPI: 'REGISTRO_PROFISSIONAL',
}

/** A generated record with its gold spans. */
export interface GeneratedText {
  readonly text: string
  readonly spans: readonly GoldSpan[]
}

/** `count` records from templates in both languages; the same seed gives the same records. */
export function generateTexts(count: number, seed: string): GeneratedText[] {
  const pick = seededNumbers(seed, 'generator')
  return Array.from({ length: count }, (_, index) => {
    const pt = index % 2 === 0
    const template = one(pt ? templatesPt : templatesEn, pick)
    const marked = template.replaceAll(/\{([A-Za-z_]+)\}/g, (_whole, field: string) => {
      const value = makers[field]?.(pick, pt) ?? field
      return field === field.toUpperCase() ? `{${typeOf[field] ?? field}|${value}}` : value
    })
    return readMarkedText(marked)
  })
}
