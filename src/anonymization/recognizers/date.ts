import type { ProfileName } from '../profiles.js'
import { defineRecognizer, looseConnector, type PatternRule, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import {
  after,
  anyMonth,
  before,
  clock,
  enDay,
  enDayInWords,
  enMonth,
  enYearInWords,
  gap,
  plainDay,
  ptDay,
  ptDayInWords,
  ptFullMonth,
  ptMonth,
  ptYearInWords,
  year,
} from './date-forms.js'
import { datesOfSystems } from './date-of-systems.js'
import {
  isCapitalisedPartialDate,
  isDayAndMonth,
  isIsoDate,
  isMonthOfYear,
  isNumericDate,
  isWrittenDate,
} from './date-validity.js'

function rule(
  name: string,
  since: ProfileName,
  source: string,
  accept: NonNullable<PatternRule['accept']>,
): PatternRule {
  // A pattern that spells out no month begins with a digit.
  const anchor = source.includes('anuar') || source.includes('aneiro') ? 'month' : 'number'
  return {
    kind: 'pattern',
    name,
    since,
    confidence: 'pattern',
    anchor,
    regex: new RegExp(source, 'iuy'),
    accept,
  }
}

const range = '(?: ?(?:-|–|a|e|to|and|through|until)(?!\\p{L}) ?)'
const yearSuffix = `(?:,? ?(?:${gap})?(?:of (?:${gap})?)?)${year}`
const ptYearSuffix = `${gap}(?:(?:de|do ano de)${gap})?${year}`

const fullDates: readonly PatternRule[] = [
  rule(
    'day-month-year',
    'documented',
    `${before}\\d{1,2}([/.-])\\d{1,2}\\1${year}${after}(?!\\1\\d|/\\d)`,
    isNumericDate,
  ),
  rule(
    'year-month-day',
    'documented',
    `${before}(?<!\\d-)${year}([/.-])\\d{1,2}\\1\\d{1,2}(?!\\d|\\1\\d)${clock}(?!\\p{N})`,
    isIsoDate,
  ),
  rule(
    'spaced',
    'clinical',
    `${before}\\d{1,2} ?([/.-]) ?\\d{1,2} ?\\1 ?${year}${after}(?! ?\\1 ?\\d)`,
    (value, context) => isNumericDate(value.replaceAll(' ', ''), context),
  ),
  rule('short-year', 'literature', `${before}\\d{1,2}/\\d{1,2}/\\d{2}${after}(?!/\\d|%)`, isNumericDate),
  rule(
    'short-year-dotted',
    'clinical',
    `${before}(?<!\\d-)\\d{2}([.-])\\d{2}\\1\\d{2}${after}(?!\\1\\d|/\\d|%)`,
    isNumericDate,
  ),
  rule(
    'month-day-year',
    'literature',
    `${before}(?:(?<!-)${enMonth} ?${enDay}${range})?${enMonth}[ ./-]{0,2}(?:${gap})?${enDay}(?:${range}${enDay})?${yearSuffix}${after}`,
    isWrittenDate,
  ),
  rule(
    'day-month-name-year',
    'literature',
    `${before}(?:(?<!-)${enDay} ?(?:of )?(?:${enMonth} ?)?${range})?${enDay}[ ./-]{0,2}(?:of )?${enMonth}[ ,./-]{0,2}(?:${gap})?(?:of )?'?${year}${after}`,
    isWrittenDate,
  ),
  rule(
    'day-month-name-short-year',
    'literature',
    `${before}${plainDay}([-/. ])${anyMonth}\\1'?\\d{2}${after}(?!\\1\\d|[/%]|:\\d(?!\\d:\\d\\d)|\\p{N})`,
    isWrittenDate,
  ),
  rule(
    'year-month-name-day',
    'literature',
    `${before}${year}([-/. ])${anyMonth}\\1${plainDay}${after}`,
    isWrittenDate,
  ),
  rule(
    'dia-de-mes-de-ano',
    'literature',
    `${before}(?:(?<!-)${ptDay}(?: de ${ptMonth})?${range})?${ptDay}(?:${gap}de${gap}|[ ./-])${ptMonth}(?:${ptYearSuffix}|[ ./-]${year})${after}`,
    isWrittenDate,
  ),
]

const datesInWords: readonly PatternRule[] = [
  rule(
    'dias-do-mes',
    'literature',
    `${before}(?:${ptDay}|${ptDayInWords})${gap}dias?${gap}do${gap}m[êe]s${gap}de${gap}${ptFullMonth}${gap}(?:de|do ano de)${gap}(?:${ptYearInWords}|${year})${after}`,
    isWrittenDate,
  ),
  rule(
    'compact',
    'clinical',
    `${before}\\d{2}(?:jan|fev|feb|mar|abr|apr|mai|may|jun|jul|ago|aug|set|sep|out|oct|nov|dez|dec)(?:${year}|\\d{2})${after}`,
    isWrittenDate,
  ),
  rule(
    'dia-por-extenso',
    'literature',
    `${before}(?:dia )?${ptDayInWords}${gap}de${gap}${ptFullMonth}${gap}(?:de|do ano de)${gap}(?:${ptYearInWords}|${year})${after}`,
    isWrittenDate,
  ),
  rule(
    'ano-por-extenso',
    'literature',
    `${before}${ptDay}${gap}de${gap}${ptFullMonth}${gap}de${gap}${ptYearInWords}${after}`,
    isWrittenDate,
  ),
  rule(
    'day-in-words',
    'literature',
    `${before}${enDayInWords}${gap}(?:day )?(?:of )?${enMonth}(?:,? (?:of |in the year )?(?:${enYearInWords}|${year}))${after}`,
    isWrittenDate,
  ),
  rule(
    'month-day-in-words',
    'literature',
    `${before}${enMonth}${gap}(?:the )?(?:${enDayInWords}|${enDay}),?${gap}(?:${enYearInWords}|${year})${after}`,
    isWrittenDate,
  ),
  rule(
    'partial-in-words',
    'clinical',
    `${before}(?:${ptDayInWords}${gap}de${gap}${ptFullMonth}|${enDayInWords}${gap}of${gap}${enMonth}|${enMonth}${gap}(?:the )?${enDayInWords})${after}`,
    isWrittenDate,
  ),
]

const partialDates: readonly PatternRule[] = [
  rule(
    'day-month',
    'clinical',
    `(?<=(?<!\\p{L})(?:(?:Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri|Sat|Sun)(?:[a-z]{3,6})?[.,]{0,2}|(?:segunda|ter[çc]a|quarta|quinta|sexta|s[áa]bado|domingo)(?:-feira)?,?|dia|em|para|at[ée]|desde|de|no dia|on|by|since|until|dated|due|data:?|retorn[ao]|agendad[ao]|marcad[ao]|alta|consulta|cirurgia|appointment|follow-up|visit|visita|f/u|seen|admitted|discharged|(?:dose|coleta|retorno|alta|visita?|consulta|cirurgia|vencimento|agendado|marcado|remarcado|scheduled):|(?:DUM|LMP|DPP|EDD|due date):?|next|pr[óo]xim[ao]) )(?:\\d{2}/\\d{2}|(?<=(?:dia|on|(?:re)?admitted|discharged|readmitted|(?:internad[oa]|operad[oa]|alta|reinternad[oa]|consulta|cirurgia|coletad[oa]|realizad[oa]) em|(?:exame|coleta|RX|TC|USG|RM|ECG|eco|labs|CT|MRI|X-ray|echo) (?:de|from)|next visit|(?:dose|coleta|retorno|alta|visita?|consulta|cirurgia|vencimento|agendado|marcado|remarcado|scheduled):|(?:DUM|LMP|DPP|EDD|due date):?|(?:Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri|Sat|Sun)(?:[a-z]{3,6})?[.,]{0,2}|(?:segunda|ter[çc]a|quarta|quinta|sexta|s[áa]bado|domingo)(?:-feira)?,?|[úu]ltim[ao] (?:foi )?em|last (?:one )?(?:was )?on|volt(?:ou|a) em|came in|veio em) )\\d{1,2}/\\d{1,2})${after}(?!/|%| ?h(?:oras)?(?!\\p{L}))`,
    isDayAndMonth,
  ),
  rule(
    'day-month-behind-date',
    'clinical',
    `(?<=${before}\\d{1,2}/\\d{1,2}/\\d{4}(?:,| and| e|, and|;) )\\d{1,2}/\\d{1,2}${after}(?!/|%)`,
    isDayAndMonth,
  ),
  rule(
    'day-before-date',
    'clinical',
    `(?<=(?<!\\p{L})(?:dias?|de|em|entre|from|between) )${plainDay}(?= (?:e|a|and|to) ${plainDay}/\\d{1,2}/(?:\\d{4}|\\d{2})(?!\\d))`,
    () => true,
  ),
  rule(
    'days-before-date',
    'clinical',
    `(?<=(?<!\\p{L})(?:dias?|de|em|entre) )${ptDay}(?= (?:e|a) ${ptDay} de ${ptFullMonth})`,
    () => true,
  ),
  rule(
    'dotted-after-a-cue',
    'clinical',
    `(?<=(?<!\\p{L})(?:em|on|dia|desde|since|until|am|dated) )\\d{1,2}\\.\\d{1,2}\\.\\d{2}${after}(?!\\.\\d|/\\d|%)`,
    isNumericDate,
  ),
  rule(
    'month-year',
    'clinical',
    `${before}(?<!\\d-|(?:validade|val|exp|expires|expiry|vencimento)[.: ]{1,3})(?:0?[1-9]|1[0-2])/${year}${after}(?!/)`,
    isMonthOfYear,
  ),
  rule(
    'month-name-year',
    'clinical',
    `${before}${enMonth},?(?:[ /-]|${gap}of${gap})'?${year}${after}`,
    isCapitalisedPartialDate,
  ),
  rule(
    'mes-de-ano',
    'clinical',
    `${before}${ptMonth}(?:${gap}(?:de${gap})?|[/-])${year}${after}`,
    isWrittenDate,
  ),
  rule(
    'month-short-year',
    'clinical',
    `${before}(?:${anyMonth}[/-]'?\\d{2}|${enMonth} '\\d{2})${after}(?![/:%-])`,
    () => true,
  ),
  rule(
    'month-day',
    'clinical',
    `${before}${enMonth} (?:the )?${enDay}${after}(?!%|[/:]\\d)`,
    isCapitalisedPartialDate,
  ),
  rule(
    'day-month-name',
    'clinical',
    `${before}${enDay} (?:of )?${enMonth}${after}`,
    isCapitalisedPartialDate,
  ),
  rule(
    'dia-de-mes',
    'clinical',
    `${before}(?:${ptDay}(?:${gap}de${gap}| )${ptFullMonth}|${plainDay}/${ptMonth})${after}`,
    isWrittenDate,
  ),
]

/** Calendar dates. Bare years, relative dates, ratios and ranges stay. */
export const date: Recognizer<'DATA'> = defineRecognizer({
  entity: 'DATA',
  rules: [
    fieldRule('DATA'),
    ...fullDates,
    ...datesOfSystems,
    ...datesInWords,
    ...partialDates,
    {
      kind: 'label',
      name: 'labelled-date',
      since: 'clinical',
      labels: [
        'data de nascimento',
        'nascimento',
        'DN',
        'DOB',
        'date of birth',
        'born',
        'birth date',
        'birthdate',
      ],
      connector: looseConnector,
      value:
        /(?:19|20)\d{6}(?!\d)|\d{4}(?:19|20)\d{2}(?!\d)|\d{1,2}[ /.-]\d{1,2}[ /.-](?:\d{4}|\d{2})(?!\d)/y,
      accept: (value, context) =>
        /^\d{8}$/.test(value)
          ? isIsoDate(value) || isNumericDate(value.replace(/^(\d\d)(\d\d)/, '$1/$2/'), context)
          : isNumericDate(value.replaceAll(' ', '/'), context),
    },
  ],
  examples: {
    positive: [
      'Consulta em ‹15/03/2024›.',
      'Alta ‹5/3/2024› e retorno ‹03/25/2024›.',
      'Coleta ‹2024-03-15› e ‹2024-03-15T10:22:33Z›.',
      'between ‹01.04.2000›-‹31.12.2000›, were',
      'between ‹8/1/97›, and ‹1/31/99›, and',
      'from ‹July 1, 2005›, to ‹June 30, 2006›.',
      'Surgery on ‹March 15th 2024›, seen ‹15-Mar-24›, ‹5-Dec-1997› and ‹15 de março de 2024›.',
      'Nasceu em ‹quinze de março de mil novecentos e oitenta e dois›.',
      'on the ‹fifteenth of March, two thousand twenty-four›',
      'desde ‹mar/24› e ‹03/2024›; in ‹March 2019›; on ‹May 5›; em ‹7 de abril›',
      'on ‹New Year’s Day, 2023›; no ‹Natal de 2021›',
      '‹20250420T181700› e [‹15/Mar/2024:10:12:44 -0300›]; Ecocardiograma de ‹20-dez-24›: FE',
      'a última em ‹4/9›. Depois; DUM: ‹4/9›; admitted ‹3/12›, discharged ‹3/18›; internado em ‹12/3›; exame de ‹12/4›: normal',
      'de ‹12› a ‹15/03/2024›; nos dias ‹12› e ‹13 de março›; seen ‹3/12/2024› and ‹3/15›; on ‹12.1.24› at; ‹April the 22nd›',
      'consulta para ‹28/08›; seen on ‹4/17›',
      'nascimento: ‹1º de maio de 1950›',
      'surveyed between ‹March 4 and March 14, 2010› in the',
      'DOB: ‹19820315›; DN ‹15031982›',
      'em ‹05 / 06 / 2021› e ‹10- 06-2021›; retorna ‹17/05›.',
      'nascida aos ‹3 dias do mês de maio do ano de 1987› e ‹03MAI1987›',
    ],
    negative: [
      'em 2012, durante 3 semanas, há 5 dias',
      'razão 3/4, relação 10/12, dose 1/2/3 mg, 10/12/15 mg',
      '31/02/2024 e 2023-02-29 e 45/13/2020 não existem',
      '(95% CI 1.1-2.3), 0.967/0.947/0.925, 1998-2003, EC 3.1.1.11',
      'patients may 5 times; set 10 goals; march on',
      'Resolução 05/2010',
      'em 10/12 pacientes, EVA 6/10, melhora de 03/10 casos; melhora de 10/12; nota de 08/10',
      'versão 1.2.2024.1; seen 3/5 times; coleta: 2/3 da amostra; de 2 a 15/20 casos; consulta 3/10',
      'tomar de 12/12 h; Christmas tree; Natal em casa',
    ],
  },
})
