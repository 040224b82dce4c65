import type { PatternRule } from '../recognizer.js'
import { after, before, year } from './date-forms.js'

/** Times as programs write them, and holidays of a year: forms of their own beside the dates people write. */
export const datesOfSystems: readonly PatternRule[] = [
  {
    kind: 'pattern',
    name: 'compact-time',
    since: 'clinical',
    confidence: 'pattern',
    anchor: 'code',
    regex:
      /(?<![\p{L}\p{N}])(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])T\d{4}(?:\d{2})?Z?(?![\p{L}\p{N}])/uy,
  },
  {
    kind: 'pattern',
    name: 'web-log',
    since: 'clinical',
    confidence: 'pattern',
    anchor: 'number',
    regex:
      /\d{1,2}\/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\/\d{4}:\d{2}:\d{2}:\d{2}(?: [+-]\d{4})?/y,
  },
  {
    kind: 'pattern',
    name: 'holiday-of-year',
    since: 'clinical',
    confidence: 'pattern',
    anchor: 'text',
    needs:
      /Day|Eve|Christmas|Easter|Halloween|Thanksgiving|Natal|Ano-?Novo|R[ée]veillon|Carnaval|P[áa]scoa|Dia d|Finados/,
    regex: new RegExp(
      `${before}(?:(?:New Year['’]s|Christmas|Valentine['’]s|Mother['’]s|Father['’]s|Memorial|Labor|Independence|Veterans|Boxing|Groundhog|Columbus|Presidents['’]?) (?:Day|Eve)|Thanksgiving Day|Christmas|Easter(?: Sunday)?|Halloween|Thanksgiving|Natal|Ano-?Novo|R[ée]veillon|Carnaval|P[áa]scoa|Dia d[aoe]s? (?:M[ãa]es|Pais|Crianças|Namorados|Finados)|Finados)(?:,? (?:of |de )?)${year}${after}`,
      'gu',
    ),
  },
]
