import { findNames } from '../names/find-names.js'
import { defineRecognizer, type Recognizer } from '../recognizer.js'

/** Names of persons: by title, label, kinship, phrase or dictionary; and their other mentions in the text. */
export const name: Recognizer<'NOME'> = defineRecognizer({
  entity: 'NOME',
  rules: [
    { kind: 'search', name: 'person', since: 'clinical', confidence: 'dictionary', search: findNames },
    {
      kind: 'pattern',
      name: 'initials-with-age',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /\p{Lu}\. ?\p{Lu}/u,
      regex:
        /(?<![\p{L}\p{N}.])(?:\p{Lu}\. ?){1,4}\p{Lu}\.?(?=,? {0,2}(?:\(|de )?\d{1,3} ?(?:anos|a(?!\p{L})|years?|y\/?o|meses|months))/gu,
    },
    {
      kind: 'pattern',
      name: 'initials-of-patient',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /(?:paciente|patient|pcte?|pt|iniciais|initials)/i,
      regex:
        /(?<=(?<!\p{L})(?:[Pp]aciente|PACIENTE|[Pp]atient|[Pp]cte?|[Pp]t|[Ii]niciais|[Ii]nitials):? {1,2})(?:(?:\p{Lu}\.){1,4}\p{Lu}\.?|\p{Lu}{2,5}(?=,? \d{1,3} ?(?:anos|years?|y\/?o)))/gu,
    },
  ],
  examples: {
    positive: [
      'Nome: ‹Leandro Rafael Borges›   Nascimento',
      'Nome: ‹E. Soares›   Nascimento',
      '‹TIAGO DE REZENDE›, 38 anos, deu entrada',
      '‹fábio moura duarte›, 27 anos, deu',
      '‹V. Rezende dos Soares›, 27 anos',
      'Dr. ‹Fábio Gonçalves›, CRM-MG',
      'A neta ‹Adriana› autorizou',
      'para o paciente ‹RAFAEL JÚLIA DE CASTRO DOS ESTEVES› (prontuário',
      'Sra. ‹Moura› nega alergias. Dra. ‹Vera Simone Borges› solicitou',
      'Sra. ‹Nunes Filho› nega',
      'for patient ‹IAN F. LEWIS› (patient',
      'Attending Dr. ‹GREEN, IAN›, NPI',
      '‹B. Hughes› is a 44-year-old',
      'Name: ‹Green, Frank›   DOB',
      'Paciente ‹Maria da Silva› veio. Depois, ‹Silva› voltou.',
      '‹J.M.S.›, 45 anos. Paciente ‹M.A.S.› evolui. Pcte ‹ABC›, 34 anos',
      'Pt name: ‹DOE, JOHN Q›   MRN',
      'seen by ‹Smith› PA-C; his wife ‹Jill› & son',
      'Conversei com ‹Helena› hoje.',
      'Her husband, ‹Tom›, says',
      'My name is ‹Xiomara Quelch›.',
      '‹Ketlyn› refere dor desde ontem.',
      "‹Mary-Jane O'Brien› was seen",
    ],
    negative: [
      'doença de Parkinson, sinal de Babinski, escala de Glasgow',
      "Crohn's disease, Hodgkin lymphoma, Kaplan-Meier, Mann-Whitney U test",
      'Smith et al. reported',
      'Apgar 9/10',
      'paciente hígido, filho natural',
      'Patient Health Questionnaire',
      'mãe nega alergias',
      'E. coli and S. aureus',
      'Nome da mãe: não informado',
      'Dr. não compareceu',
      'Hospital Santa Maria',
      'HAS, DM2, AVC',
      'Escala de Hamilton',
      'Teste de Wilcoxon',
      'The patient May 2019',
    ],
  },
})
