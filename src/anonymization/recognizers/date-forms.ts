/** Building blocks of the date patterns; regular expression source, for the flags `giu`. */

const enMonths = 'January|February|March|April|May|June|July|August|September|October|November|December'
const enShortMonths = '(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?!\\p{L})\\.?'
const ptMonths =
  'janeiro|fevereiro|março|marco|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro'
const ptShortMonths = '(?:jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez)(?!\\p{L})\\.?'

export const enMonth: string = `(?:(?:${enMonths})(?!\\p{L})|${enShortMonths})`
export const ptFullMonth: string = `(?:(?:${ptMonths})(?!\\p{L}))`
export const ptMonth: string = `(?:${ptFullMonth}|${ptShortMonths})`
export const anyMonth: string = `(?:${enMonth}|${ptMonth})`

export const year = '(?:1[89]|20|21)\\d{2}'
const day = '(?:0?[1-9]|[12]\\d|3[01])'
export const plainDay: string = day
export const enDay: string = `${day}(?: ?(?:st|nd|rd|th)(?!\\p{L}))?`
export const ptDay: string = `(?:0?1[ºo°](?!\\p{L})|${day})`

/** No letter, digit or decimal separator before: `-` may stand there, as in a range of dates. */
export const before = '(?<![\\p{L}\\p{N}_]|\\p{N}[.,/])'
export const after = '(?![\\p{L}\\p{N}_]|[.,]\\p{N})'
/** Between the parts of a written date; a line may break there once. */
export const gap = '[ \\n]{1,3}'

export const clock: string =
  '(?:[T ,]{1,2}\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?: ?(?:Z|UTC|GMT|[+-]\\d{2}:?\\d{2})(?!\\p{N}))?)?'

const ptUnits = 'um|dois|três|tres|quatro|cinco|seis|sete|oito|nove'
const ptTeens = 'dez|onze|doze|treze|quatorze|catorze|quinze|dezesseis|dezessete|dezoito|dezenove'
const ptTens = 'vinte|trinta|quarenta|cinquenta|sessenta|setenta|oitenta|noventa'
export const ptDayInWords: string = `(?:primeiro|(?:vinte|trinta)(?: e (?:${ptUnits}))?|${ptTeens}|${ptUnits})`
export const ptYearInWords: string = `(?:dois mil|mil(?:,? e)? (?:novecentos|oitocentos))(?:,? e (?:${ptTens}|${ptTeens}|${ptUnits}))?(?: e (?:${ptUnits}))?`

const enUnits = 'one|two|three|four|five|six|seven|eight|nine'
const enTeens = 'ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen'
const enTens = 'twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety'
const enOrdinalUnits = 'first|second|third|fourth|fifth|sixth|seventh|eighth|ninth'
const enOrdinalTeens =
  'tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth'
export const enDayInWords: string = `(?:(?:twenty|thirty)[- ](?:${enOrdinalUnits})|twentieth|thirtieth|${enOrdinalTeens}|${enOrdinalUnits})`
const enBelowHundred = `(?:(?:${enTens})(?:[- ](?:${enUnits}))?|${enTeens}|(?:oh[- ])?(?:${enUnits}))`
export const enYearInWords: string = `(?:two thousand(?: (?:and )?${enBelowHundred})?|(?:eighteen|nineteen|twenty)[- ](?:hundred|${enBelowHundred}))`
