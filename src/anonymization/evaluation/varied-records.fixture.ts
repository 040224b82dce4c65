import { seededNumbers } from '../strategies/secret.js'
import { heldOutTemplatesEn, heldOutTemplatesPt } from './held-out-templates.fixture.js'
import { lateTemplatesEn, lateTemplatesPt } from './late-templates.fixture.js'
import { type GoldSpan, readMarkedText } from './marked-text.fixture.js'
import { heldOutPeople, tunedPeople } from './varied-people.fixture.js'
import { variedTemplatesEn, variedTemplatesPt } from './varied-templates.fixture.js'

type Pick = (bound: number) => number

const one = <T>(list: readonly T[], pick: Pick): T => list[pick(list.length)] as T
const words = (text: string): string[] => text.trim().split(/\s+/)
const pad = (value: number): string => String(value).padStart(2, '0')
/** `#` a digit, `@` a capital letter. */
const shaped = (shape: string, pick: Pick): string =>
  shape.replaceAll(/[#@]/g, (mark) => (mark === '#' ? String(pick(10)) : String.fromCharCode(65 + pick(26))))
const bare = (text: string): string => text.normalize('NFD').replaceAll(/[\u0300-\u036f]/g, '')

let people = tunedPeople
const cityPt = words(
  'Jaboticatubas Quixeramobim Itaperuçu Xique-Xique Pindaré-Mirim Garopaba Salvador Osasco Manhumirim Caçapava',
)
const cityEn = words(
  'Chillicothe Poughkeepsie Tuscaloosa Winnemucca Kankakee Boise Fresno Yonkers Ypsilanti Moab',
)
const monthsPt = words(
  'janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro',
)
const monthsEn = words(
  'January February March April May June July August September October November December',
)

function styled(name: string, pick: Pick): string {
  const style = pick(10)
  if (style === 0) return name.toUpperCase()
  if (style === 1) return bare(name)
  return name
}

function namePt(pick: Pick): string {
  const [given, second] = [one(people.givenPt, pick), one(people.givenPt, pick)]
  const [family, last] = [one(people.familyPt, pick), one(people.familyPt, pick)]
  const forms = [
    `${given} ${family}`,
    `${given} ${second} ${family}`,
    `${given} ${one(['de', 'da', 'dos'], pick)} ${family} ${last}`,
    `${given} ${family} e ${last}`,
    `${given} ${family} ${one(['Filho', 'Júnior', 'Neto'], pick)}`,
    `${given} ${family[0]}. ${last}`,
  ]
  return styled(one(forms, pick), pick)
}

function nameEn(pick: Pick): string {
  const [given, second] = [one(people.givenEn, pick), one(people.givenEn, pick)]
  const [family, last] = [one(people.familyEn, pick), one(people.familyEn, pick)]
  const forms = [
    `${given} ${family}`,
    `${given} ${second[0]}. ${family}`,
    `${family}, ${given}`,
    `${given} ${family}-${last}`,
    `${given} ${second} ${family}`,
    `${given[0]}. ${family}`,
    `${given} ${family} ${one(['Jr.', 'III', 'Sr.'], pick)}`.replace(/\.$/, ''),
  ]
  return styled(one(forms, pick), pick)
}

function date(pick: Pick, pt: boolean): string {
  const [day, month, year] = [1 + pick(28), 1 + pick(12), 1936 + pick(88)]
  const name = (pt ? monthsPt : monthsEn)[month - 1] ?? ''
  return one(
    pt
      ? [
          `${pad(day)}/${pad(month)}/${year}`,
          `${pad(day)}/${pad(month)}/${pad(year % 100)}`,
          `${day}.${month}.${year}`,
          `${pad(day)} de ${name} de ${year}`,
          `${pad(day)}/${name.slice(0, 3).toUpperCase()}/${year}`,
          `${year}-${pad(month)}-${pad(day)}`,
          `1º de ${name} de ${year}`,
          `${pad(day)}-${pad(month)}-${pad(year % 100)}`,
        ]
      : [
          `${pad(month)}/${pad(day)}/${year}`,
          `${month}/${day}/${pad(year % 100)}`,
          `${name} ${day}, ${year}`,
          `${name.slice(0, 3)} ${day} ${year}`,
          `${pad(day)} ${name.slice(0, 3).toUpperCase()} ${year}`,
          `${year}/${pad(month)}/${pad(day)}`,
          `${pad(month)}-${pad(day)}-${year}`,
          `${name} ${day}${day === 1 || day === 21 ? 'st' : day === 2 || day === 22 ? 'nd' : day === 3 || day === 23 ? 'rd' : 'th'}, ${year}`,
        ],
    pick,
  )
}

function cpf(pick: Pick): string {
  const base = shaped('#########', pick)
  const check = (body: string): number =>
    (([...body].reduce((total, digit, index) => total + Number(digit) * (body.length + 1 - index), 0) * 10) %
      11) %
    10
  const first = check(base)
  return `${base}${first}${check(`${base}${first}`)}`.replace(
    /(\d{3})(\d{3})(\d{3})(\d{2})/,
    one(['$1.$2.$3-$4', '$1$2$3$4', '$1.$2.$3/$4'], pick),
  )
}

function card(pick: Pick): string {
  const body = `4${shaped('##############', pick)}`
  const sum = [...body].reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return `${body}${(10 - (sum % 10)) % 10}`.replaceAll(/(\d{4})(?=\d)/g, '$1 ')
}

const makers: Readonly<Record<string, (pick: Pick, pt: boolean) => string>> = {
  NOME: (pick, pt) => (pt ? namePt : nameEn)(pick),
  PRENOME: (pick, pt) => one(pt ? people.givenPt : people.givenEn, pick),
  SOBRENOME: (pick, pt) => one(pt ? people.familyPt : people.familyEn, pick),
  primeiro: (pick) =>
    `{NOME|${one(words('josicleide tércio mirtes raimunda wesley caio denise gláucia samira erasmo'), pick)}}`,
  HL7: (pick) => `${one(people.familyEn, pick).toUpperCase()}^${one(people.givenEn, pick).toUpperCase()}`,
  DATA: date,
  DATA8: (pick) => `${1940 + pick(70)}${pad(1 + pick(12))}${pad(1 + pick(28))}`,
  CPF: cpf,
  RG: (pick) => shaped(one(['##.###.###-#', '#.###.###', 'MG ##.###.###', '##.###.###-X'], pick), pick),
  CNS: (pick) => shaped(one(['7## #### #### ####', '7##############'], pick), pick),
  PIS: (pick) => shaped(one(['1##.#####.##-#', '1##########'], pick), pick),
  TITULO: (pick) => shaped(one(['#### #### 01##', '############'], pick), pick),
  CNPJ: (pick) => shaped('##.###.###/0001-##', pick),
  CEPBR: (pick) => shaped('#####-###', pick),
  CNH: (pick) => shaped('###########', pick),
  PLANO_SAUDE: (pick, pt) =>
    shaped(
      pt
        ? one(
            [
              '# ### ################'.replaceAll(' ', '.').slice(0, 12),
              '###############',
              '0### #### #### ####',
            ],
            pick,
          )
        : one(['@@@###@#####', 'W#########', '###-##-####-A'], pick),
      pick,
    ),
  REGISTRO: (pick) => shaped(one(['######', '##.###', '#####'], pick), pick),
  NPI: (pick) => shaped('1#########', pick),
  DEA: (pick) => shaped('B@#######', pick),
  DL: (pick) => shaped(one(['@#######', '@####-#####-#####', '########'], pick), pick),
  PACIENTE_ID: (pick) => shaped(one(['#######', '##.###-#', '@@######', '####-###', '#####/##'], pick), pick),
  TELEFONE: (pick, pt) =>
    shaped(
      pt
        ? one(
            [
              '(71) 9####-####',
              '62 9 8###-####',
              '+55 (48) 9####-####',
              '(031)3###-####',
              '95###-####',
              '11-9####-####',
              '(92)9########',
            ],
            pick,
          )
        : one(
            [
              '(614) 555-####',
              '702-555-####',
              '+1-503-555-####',
              '919.555.####',
              '(808)555-####',
              '1 (305) 555-####',
            ],
            pick,
          ),
      pick,
    ),
  EMAIL: (pick, pt) =>
    `${bare(one(pt ? people.givenPt : people.givenEn, pick)).toLowerCase()}${one(['.', '_', ''], pick)}${bare(
      one(pt ? people.familyPt : people.familyEn, pick),
    )
      .toLowerCase()
      .replaceAll(
        /[^a-z]/g,
        '',
      )}@${one(['uol.com.br', 'hcnorte.org.br', 'outlook.com', 'wellnesspartners.net', 'ufpe.br'], pick)}`,
  URL: (pick) =>
    one(['https://agenda.clinicaviva.com.br/c/', 'www.doxyroom.me/', 'https://meet.example.org/r/'], pick) +
    shaped('@@####', pick).toLowerCase(),
  ENDERECO: (pick, pt) =>
    pt
      ? `${one(['Rua', 'R.', 'Av.', 'Travessa', 'Servidão', 'Estrada', 'Praça', 'Rua Doutor', 'Rua das'], pick)} ${one(words('Inconfidentes Bandeirantes Marechal Jasmins Quaresmeiras Andradas'), pick)}${one(['', ' Velha', ' Prado'], pick)}, ${one(['', 'nº ', 'n° '], pick)}${1 + pick(2999)}${one(['', ' ap. 33', ', casa B', ', fundos', ' - bloco 2, apto 14'], pick)}`
      : `${1 + pick(9999)} ${one(['', 'E. ', 'South ', 'NW '], pick)}${one(words('Wisteria Sycamore Beacon Ponderosa Tamarack Magnolia 14th 3rd'), pick)} ${one(['St', 'Avenue', 'Ct', 'Rd', 'Pkwy', 'Terrace', 'Loop', 'Way'], pick)}${one(['', ', Unit 7', ' Apt. 2C', ', #310'], pick)}`,
  BAIRRO: (pick) =>
    one(
      ['Jardim Tropical', 'Vila Nova Esperança', 'Cohab II', 'Alto da Boa Vista', 'Parque Industrial'],
      pick,
    ),
  SANTO: (pick) => one(['São Cristóvão', 'Santa Edwiges', 'Irmã Dulce', 'Dom Bosco'], pick),
  LOCAL: (pick, pt) => one(pt ? cityPt : cityEn, pick),
  CEP: (pick) => shaped(one(['#####', '#####-####'], pick), pick),
  INSTITUICAO: (pick, pt) =>
    pt
      ? one(
          [
            'Hospital Regional do Agreste',
            'Clínica Vida Plena',
            'UPA Brasilândia',
            'Santa Casa de Garopaba',
            'Instituto de Olhos Bandeirantes',
            'Hospital e Maternidade Nossa Senhora do Carmo',
            'CAPS AD Renascer',
          ],
          pick,
        )
      : one(
          [
            'Sacred Heart Hospital',
            'Tamarack Valley Clinic',
            'Presbyterian Medical Center',
            "St. Brendan's Hospital",
            'Willow Creek Elementary School',
            'Prairie View Rehabilitation Center',
            'Mercy West Urgent Care',
          ],
          pick,
        ),
  EMPREGO: (pick) => one(['Tyson Foods', 'Delta Airlines', 'Harkness Tooling Inc'], pick),
  PLACA: (pick, pt) =>
    shaped(pt ? one(['@@@#B##', '@@@-####'], pick) : one(['@@@ ####', '#@@@###', '@@@-###'], pick), pick),
  VIN: (pick) => `1HG${shaped('##', pick)}${shaped('826#3', pick)}MN${shaped('######', pick)}`.slice(0, 17),
  CARTAO: card,
  CONTA: (pick) => shaped(one(['#####-#', '########', '####-####-####'], pick), pick),
  SSN: (pick) => shaped(one(['4##-5#-6###', 'XXX-XX-####'.replaceAll('X', '#')], pick), pick),
  IP: (pick) => `10.${pick(255)}.${pick(255)}.${1 + pick(254)}`,
  DISPOSITIVO: (pick) => shaped(one(['@@@######', '#########@', '######', 'SN-#######'], pick), pick),
  IDADE: (pick) => String(90 + pick(14)),
  idade: (pick) => String(19 + pick(68)),
  pa: (pick) => `${100 + pick(70)}/${60 + pick(35)}`,
}
const typeOf: Readonly<Record<string, string>> = {
  SOBRENOME: 'NOME',
  PRENOME: 'NOME',
  HL7: 'NOME',
  DATA8: 'DATA',
  REGISTRO: 'REGISTRO_PROFISSIONAL',
  NPI: 'REGISTRO_PROFISSIONAL',
  DEA: 'REGISTRO_PROFISSIONAL',
  TITULO: 'TITULO_ELEITOR',
  DL: 'CNH',
  VIN: 'PLACA',
  BAIRRO: 'LOCAL',
  CEPBR: 'CEP',
  SANTO: 'INSTITUICAO',
  EMPREGO: 'INSTITUICAO',
}

/** A generated record with its gold spans. */
interface VariedRecord {
  readonly text: string
  readonly spans: readonly GoldSpan[]
}

const templateSets: Readonly<
  Record<'tuned' | 'held-out' | 'late', readonly [readonly string[], readonly string[]]>
> = {
  tuned: [variedTemplatesPt, variedTemplatesEn],
  'held-out': [heldOutTemplatesPt, heldOutTemplatesEn],
  late: [lateTemplatesPt, lateTemplatesEn],
}

/** Every template in turn, `rounds` times; the same seed gives the same records. `held-out` has people of its own too. */
export function variedRecords(
  rounds: number,
  seed: string,
  set: keyof typeof templateSets = 'tuned',
): VariedRecord[] {
  const pick = seededNumbers(seed, 'varied')
  const [portuguese, english] = templateSets[set]
  const templates = [...portuguese, ...english]
  people = set === 'tuned' ? tunedPeople : heldOutPeople
  return Array.from({ length: rounds * templates.length }, (_, index) => {
    const at = index % templates.length
    const pt = at < portuguese.length
    const marked = (templates[at] ?? '').replaceAll(/\{([A-Za-z_0-9]+)\}/g, (_whole, field: string) => {
      const value = makers[field]?.(pick, pt) ?? field
      return field === field.toUpperCase() ? `{${typeOf[field] ?? field}|${value}}` : value
    })
    return readMarkedText(marked)
  })
}
