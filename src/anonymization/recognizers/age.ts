import { trait } from '../lexicon/lexicon.js'
import { defineRecognizer, type FindContext, type PatternRule, type Recognizer } from '../recognizer.js'
import { internWord } from '../word.js'

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

const subject =
  '(?:\\b(?:[Hh]e|[Ss]he|I|who|[Mm]other|[Ff]ather|[Gg]rand(?:mother|father|ma|pa)|aunt|uncle|husband|wife|sister|brother|neighbou?r|woman|man|lady|gentleman|widow(?:er)?|[Pp]atient|pt)|(?:Mrs?|Ms|Miss|Dr)\\.? \\p{L}{2,15}(?: \\p{L}{2,20})?)'
const being =
  "(?: is| was|['’]s| will be| would be| turned| turns| will turn| has turned| just turned| has just turned| had turned| had just turned)"
const nearly = '(?:now |just |almost |nearly |already |about |only |still )?'
const afterAge =
  '(?=(?: years)? (?:and (?!one|two|three|four|five|six|seven|eight|nine|ten)|now|but|so|who|with|when|while|years|this|next|last|in (?!\\d)|at the time|yesterday|today|tomorrow|on (?:the|his|her|my)|He|She)|[.,;)](?:[ \\n]|$)|$)'
const ptSubject =
  '(?:\\b(?:[Ee]l[ea]|[Aa]v[óôo]|[Mm][ãa]e|[Pp]ai|[Vv]ov[óôo]|sogr[oa]|ti[oa]|marido|esposa|vizinh[oa]|paciente|que|senhora?|\\p{Lu}\\p{Ll}{2,14}) (?:j[áa] )?(?:tem|tinha|completou|completa|completar[áa]|fez|fazia|vai fazer|vai completar|acabou de (?:fazer|completar)) (?:quase |j[áa] )?|(?:vai|deve) (?:fazer|completar) )'
const ptAfterAge =
  '(?= (?:e (?!um|dois|duas|tr|quatro|cinco|seis|sete|oito|nove)|mas|quando|no |na |n?este |n?esta |em (?!\\d)|agora|ontem|hoje|anos)|[.,;)](?:[ \\n]|$)|$)'

function isOnePersons(value: string, context: FindContext): boolean {
  const lead = context.text.slice(Math.max(0, context.start - 20), context.start)
  const tail = context.text.slice(context.end, context.end + 40)
  const afterUnit = tail.replace(/^[ -]{0,2}(?:anos?|years?(?:[ -]old| of age)?)/u, '')
  // `101A` is a bed.
  if (/^[A-EG-LN-Z](?![A-Z])/.test(tail)) return false
  return value !== '' && !groupBefore.test(lead) && !groupAfter.test(tail) && !groupAfter.test(afterUnit)
}

const askedFor =
  /(?:quantos anos|qual (?:[ée] )?(?:a )?(?:sua |tua )?idade|que idade|sua idade|how old|(?:your|his|her) age|what age)/iu

/** An answer in a dialogue: the line before it asks for an age. */
function isAnswer(_value: string, { text, start }: FindContext): boolean {
  return askedFor.test(text.slice(Math.max(0, start - 140), start))
}

const namedBefore =
  /(\p{Lu}[\p{L}-]{1,15}) (?:\p{Lu}\. )?\p{Lu}[\p{L}'’-]{1,20} [^.,;]{2,20}$|(\p{Lu}[\p{L}-]{1,15}) (?:\p{Lu}\. )?\p{Lu}[\p{L}'’-]{1,20}, now $/u

/** `Siobhan B. Fitzgerald is 97`, never `Oxygen Saturation was 97`. */
function isOfNamed(value: string, context: FindContext): boolean {
  const match = namedBefore.exec(context.text.slice(Math.max(0, context.start - 75), context.start))
  const given = match?.[1] ?? match?.[2] ?? ''
  return (internWord(given).traits & trait.given) !== 0 && isOnePersons(value, context)
}

function inWords(
  name: string,
  source: string,
  needs: string | RegExp,
  accept: (value: string, context: FindContext) => boolean = isOnePersons,
): PatternRule {
  return {
    kind: 'pattern',
    name,
    since: 'clinical',
    confidence: 'pattern',
    anchor: 'text',
    needs,
    regex: new RegExp(`(?<![\\p{L}\\p{N}])${source}`, 'giu'),
    accept,
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
        'age years',
        'age in years',
        'current age',
        'age at death',
        'age at admission',
        'age at diagnosis',
        'age at presentation',
        'age at surgery',
        'age at visit',
        'idade anos',
        'idade em anos',
        'idade atual',
        'idade ao óbito',
        'idade no óbito',
        'idade na internação',
        'idade na admissão',
        'idade ao diagnóstico',
        'idade no diagnóstico',
        'falecida aos',
        'falecido aos',
        'passed away at',
        'passed at',
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
      connector: /\)?[ ]{0,2}(?:[:=|]|de|of|é|is|was)?[ ]{0,4}/y,
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
      regex: new RegExp(`(?<=\\p{L},? |^|[\\n.:;(] ?)${old}(?=[MF](?:[ ,;./]|$))`, 'uy'),
      accept: isOnePersons,
    },
    {
      kind: 'pattern',
      name: 'of-a-person',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'number',
      regex: new RegExp(`(?<=${subject}${being} ${nearly})${old}${afterAge}`, 'uy'),
      accept: isOnePersons,
    },
    {
      kind: 'pattern',
      name: 'de-uma-pessoa',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'number',
      regex: new RegExp(`(?<=${ptSubject})${old}${ptAfterAge}`, 'uy'),
      accept: isOnePersons,
    },
    inWords('por-extenso', `(?:${ptTens})(?= anos(?!\\p{L}))`, /anos/i),
    inWords('in-words', `(?:${enTens})(?=[ -]years?[ -](?:old|of age))`, /year/i),
    inWords(
      'of-a-person-in-words',
      `(?<=${subject}${being} ${nearly}|(?:, |^|[.;(] ?)[Nn]ow |\\b(?:turned|turning) ${nearly}|\\b(?:[Dd]ied|passed away|[Ll]ived to(?: be)?|dead) (?:at )?|(?:man|woman|lady|gentleman|widow(?:er)?|patient) of |(?:^|[.;] )At |(?:Mrs?|Ms|Miss|Dr)\\.? \\p{L}{2,15}(?: \\p{L}{2,20})?, )(?:${enTens})${afterAge}`,
      /hundred|ninety/i,
    ),
    inWords(
      'de-uma-pessoa-por-extenso',
      `(?<=${ptSubject}|\\b(?:[Tt]inha|[Cc]ompletou|[Cc]ompletar|[Ff]alecid[oa] aos|[Ff]aleceu aos|[Mm]orreu aos|[Aa]os|pass(?:a|ou) dos|beirando os|perto dos|(?:[Dd]ona|[Ss]eu|[Ss]ra?\\.) \\p{Lu}\\p{L}{2,15}(?: \\p{L}{2,20})?,) )(?:${ptTens})${ptAfterAge}`,
      /noventa|cem|cento e/i,
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
    inWords(
      'answer-in-words',
      `(?<=(?:^|\\n)[ \\t]{0,4}[\\p{L} .()]{2,30}: (?:[Tt]enho |[ÉéEe]u tenho |I(?:'|’)?a?m |[Ff]az? )?)(?:${ptTens}|${enTens})(?= anos|[.,;!?]|\\s*(?:\\n|$))`,
      '?',
      isAnswer,
    ),
    {
      kind: 'pattern',
      name: 'answer',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: '?',
      regex: new RegExp(
        `(?<=(?:^|\\n)[ \\t]{0,4}[\\p{L} .()]{2,30}: (?:[Tt]enho |I(?:'|’)?a?m )?)${old}(?=[.,;!?](?!\\d)|\\s*(?:\\n|$))`,
        'gu',
      ),
      accept: isAnswer,
    },
    {
      kind: 'pattern',
      name: 'of-a-full-name',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'number',
      regex: new RegExp(
        `(?=${old})(?<=(?<!\\p{L})\\p{Lu}[\\p{L}-]{1,15} (?:\\p{Lu}\\. )?\\p{Lu}[\\p{L}'’-]{1,20}(?: is| was| turned| turns|, now| tem| tinha| completou| fez) ${nearly})${old}${afterAge}`,
        'uy',
      ),
      accept: isOfNamed,
    },
    inWords('age-in-words', `(?<=aged? (?:of )?)(?:${enTens})(?!\\p{L})`, /hundred|ninety/i),
  ],
  examples: {
    positive: [
      'mulher de ‹97› anos,',
      'a ‹105›-year-old woman',
      'Idade: ‹92›',
      'aged ‹94›,',
      'Winifred, ‹94›, lives alone',
      'Médica: A senhora tem quantos anos?\nPaciente: ‹Noventa e dois›.\nMédica: Está bem.',
      "NURSE: How old are you, ma'am?\nPATIENT: ‹Ninety-four›, believe it or not.",
      'Qual a sua idade?\nPaciente: ‹93›.\nSiobhan B. Fitzgerald is ‹97›, walks with a cane',
      'senhora de ‹noventa e dois› anos',
      'a ‹ninety-three›-year-old',
      '‹91› y/o male',
      '‹95›yo F',
      'Dona Olga tinha ‹noventa e quatro› anos. Mrs. Olga Kim was ‹ninety-four›, and he has turned ‹ninety-seven› and keeps',
      'Bed 7 Mrs. Kim, ‹92›F hip fx. Mother lived to ‹106›.',
      'died at age ‹101›',
      'He is ‹96› and jokes',
      'tinha ‹noventa e quatro› quando caiu; faleceu aos ‹noventa e três›, em casa. Aos ‹noventa e cinco›, ainda dirige.',
      'She turned ‹ninety-two› last week; a woman of ‹ninety-three›; my grandmother is ‹ninety-three› and still drives',
      'He was ‹97› at the time. Ela tem ‹93› e mora sozinha. Age (years): ‹91›; idade na internação: ‹93›',
      'Mr. Hale, ‹ninety-one›, lives alone; Dona Irene, ‹noventa e um›, mora só; ‹91›F with hip fracture',
      "She is ‹ninety-one› and weighs less. He's ‹96›. At ‹96›, Vernon files; Aos ‹94›, ela dança",
    ],
    negative: [
      'mulher de 89 anos',
      'Oxygen Saturation was 97, heart regular. Blood Glucose is 98.',
      'Qual a saturação?\nPaciente: Noventa e dois.\nSat: 94.',
      'idosos com mais de 90 anos',
      'pacientes de 18 a 95 anos',
      'aged 90 or older',
      'há 92 anos',
      'aged 18-95 years',
      'PA 130x95',
      '≥ 90 years old',
      'for 95 years',
      'tinha noventa pacientes; aos noventa minutos; ele tem 95% de chance; she was 95 on room air; ela tem 95 kg',
      'há noventa anos; mais de noventa anos',
      'technetium-99m scan; bed 101A; lived to see 95 cases',
      'At 95, the curve falls; it was ninety-five and rising',
    ],
  },
})
