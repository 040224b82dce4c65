import { defineRecognizer, type FindContext, type PatternRule, type Recognizer } from '../recognizer.js'

const old = '(?:9\\d|1[0-2]\\d)'
const ptTens =
  'noventa(?: e (?:um|uma|dois|duas|tr[êe]s|quatro|cinco|seis|sete|oito|nove))?|cem|cento e (?:um|uma|dois|duas|tr[êe]s|quatro|cinco|seis|sete|oito|nove|dez)'
const enTens =
  'ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one|a) hundred(?: and)?(?:[- ](?:one|two|three|four|five|six|seven|eight|nine|ten))?'
const unit =
  '(?:[ -]{1,2}(?:anos?(?!\\p{L})|years?[ -]old|year[ -]?old|years? of age|yrs?[ -]old|y\\.?/?o\\.?(?!\\p{L}))|-?yo(?!\\p{L})|[ay](?!\\p{L}))'

// A bound or a span of years of a group is nobody's age.
const groupBefore =
  /(?:[≥>≤<]\s?|(?<!\p{L})(?:mais de|menos de|over|above|older than|acima de|maior(?:es)? (?:de|que)|pelo menos|at least|up to|at[ée]|h[áa]|por|durante|ap[óo]s|[úu]ltimos|nos|for|past)|\d\s?(?:a|to|-|–|e|and|y)|(?<!\p{L})(?:entre|between))\s{0,2}$/iu
const groupAfter =
  /^\s?(?:ou mais|e mais|or older|and older|or over|and over|de (?:acompanhamento|seguimento|experi|hist[óo]ria)|of follow)/iu

function isOnePersons(value: string, context: FindContext): boolean {
  const lead = context.text.slice(Math.max(0, context.start - 20), context.start)
  const tail = context.text.slice(context.end, context.end + 40)
  const afterUnit = tail.replace(/^[ -]{0,2}(?:anos?|years?(?:[ -]old| of age)?)/u, '')
  // `101A` is a bed.
  if (/^[A-EG-LN-Z](?![A-Z])/.test(tail)) return false
  return value !== '' && !groupBefore.test(lead) && !groupAfter.test(tail) && !groupAfter.test(afterUnit)
}

function inWords(name: string, source: string, needs: string | RegExp): PatternRule {
  return {
    kind: 'pattern',
    name,
    since: 'clinical',
    confidence: 'pattern',
    anchor: 'text',
    needs,
    regex: new RegExp(`(?<![\\p{L}\\p{N}])${source}`, 'giu'),
    accept: isOnePersons,
  }
}

/** Ages of 90 and over, which single out a person (HIPAA Safe Harbor); younger ones stay. */
export const age: Recognizer<'IDADE'> = defineRecognizer({
  entity: 'IDADE',
  rules: [
    {
      kind: 'pattern',
      name: 'digits',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'number',
      regex: new RegExp(`(?<![\\p{L}\\p{N}]|\\p{N}[.,/-])${old}(?=${unit})`, 'iuy'),
      accept: isOnePersons,
    },
    {
      kind: 'label',
      name: 'labelled',
      since: 'clinical',
      labels: [
        'idade',
        'age',
        'aged',
        'idade do paciente',
        'age of',
        'turned',
        'completou',
        'faz',
        'completar',
        'lived to',
        'lived to be',
        'lived until',
        'viveu até',
        'viveu até os',
        'morreu aos',
        'faleceu aos',
        'died at',
      ],
      connector: /[ ]{0,2}(?:[:=]|de|of)?[ ]{0,4}/y,
      value: new RegExp(
        `${old}(?![\\p{L}\\p{N}]|[.,/-]\\p{N}| ?%| ?(?:mg|ml|kg|min|dias|days|weeks|months))`,
        'uy',
      ),
      accept: isOnePersons,
    },
    {
      kind: 'pattern',
      name: 'behind-a-name',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'number',
      regex: new RegExp(`(?<=\\p{Lu}\\p{Ll}{2,20}, )${old}(?=, (?:\\p{Ll}|[MF],))`, 'uy'),
      accept: isOnePersons,
    },
    {
      kind: 'pattern',
      name: 'with-sex',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'code',
      regex: new RegExp(`(?<=\\p{L},? )${old}(?=[MF](?:[ ,;./]|$))`, 'uy'),
      accept: isOnePersons,
    },
    {
      kind: 'pattern',
      name: 'of-a-person',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'number',
      regex: new RegExp(
        `(?<=(?:\\b[Hh]e|\\b[Ss]he|\\bwho|\\bmother|\\bfather|\\b[Pp]atient|\\bpt)(?: is|['’]s| was| just turned| turned| turns) (?:now |already |almost |nearly )?)${old}(?=[.,;]? (?:and|but|who|with|so|years|He|She|now)|[.,;](?: |$))`,
        'uy',
      ),
      accept: isOnePersons,
    },
    inWords('por-extenso', `(?:${ptTens})(?= anos(?!\\p{L}))`, /anos/i),
    inWords('in-words', `(?:${enTens})(?=[ -]years?[ -](?:old|of age))`, /year/i),
    inWords(
      'of-a-person-in-words',
      `(?<=(?:\\b[Hh]e|\\b[Ss]he|\\bwho|\\bmother|\\bfather|\\b[Pp]atient|(?:Mrs?|Ms|Miss|Dr)\\.? \\p{L}{2,15}(?: \\p{L}{2,20})?)(?: is|['’]s| was| turned| turns| has turned) (?:now |just |almost |nearly )?|, now )(?:${enTens})(?= (?:and (?!one|two|three|four|five|six|seven|eight|nine|ten)|years|now|but|this|next|in)|[.,;])`,
      /hundred|ninety/i,
    ),
    {
      kind: 'pattern',
      name: 'before-a-name',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'number',
      regex: new RegExp(
        `(?<=(?:^|[.;!?\\n] ?|, )(?:At|Aged|Now|Aos) )${old}(?=, (?:\\p{Lu}\\p{Ll}|s?he |my |her |his |o |a |ela |ele ))`,
        'uy',
      ),
      accept: isOnePersons,
    },
    inWords('age-in-words', `(?<=aged? (?:of )?)(?:${enTens})(?!\\p{L})`, 'age'),
  ],
  examples: {
    positive: [
      'mulher de ‹97› anos,',
      'a ‹105›-year-old woman',
      'Idade: ‹92›',
      'aged ‹94›,',
      'Winifred, ‹94›, lives alone',
      'senhora de ‹noventa e dois› anos',
      'a ‹ninety-three›-year-old',
      '‹91› y/o male',
      '‹95›yo F',
      'Dona Olga tinha ‹noventa e quatro› anos. Mrs. Olga Kim was ‹ninety-four›, and he has turned ‹ninety-seven› and keeps',
      'Bed 7 Mrs. Kim, ‹92›F hip fx. Mother lived to ‹106›.',
      'died at age ‹101›',
      'He is ‹96› and jokes',
      "She is ‹ninety-one› and weighs less. He's ‹96›. At ‹96›, Vernon files; Aos ‹94›, ela dança",
    ],
    negative: [
      'mulher de 89 anos',
      'idosos com mais de 90 anos',
      'pacientes de 18 a 95 anos',
      'aged 90 or older',
      'há 92 anos',
      'aged 18-95 years',
      'PA 130x95',
      '≥ 90 years old',
      'for 95 years',
      'há noventa anos; mais de noventa anos',
      'technetium-99m scan; bed 101A; lived to see 95 cases',
      'At 95, the curve falls; it was ninety-five and rising',
    ],
  },
})
