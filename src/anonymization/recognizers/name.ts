import { trait } from '../lexicon/lexicon.js'
import { findNames } from '../names/find-names.js'
import { defineRecognizer, type Recognizer } from '../recognizer.js'
import type { ScannedText } from '../scanned-text.js'
import { fieldRule, isInHeader } from '../structured/structured-values.js'
import { internWord } from '../word.js'

/** `SILVA^JOAO^DA` as messages between systems write it, never `GLU^Glucose`. */
function hasNamePart(value: string): boolean {
  const names = trait.given | trait.surname
  return value.split(/[\^ ]/).some((part) => part !== '' && (internWord(part).traits & names) !== 0)
}

const noWriter = trait.safe | trait.kin | trait.patient | trait.title | trait.safeEnding

/** A name, or a nickname in no list: `Lu (recepção)`, never `Enfermagem`. */
function isWriter(value: string): boolean {
  return (
    hasNamePart(value) || (/^\p{Lu}\p{Ll}{1,14}$/u.test(value) && (internWord(value).traits & noWriter) === 0)
  )
}

function* findNamesOutsideHeaders(scanned: ScannedText): ReturnType<typeof findNames> {
  for (const found of findNames(scanned)) if (!isInHeader(scanned, found)) yield found
}

/** Names of persons: by title, label, kinship, phrase or dictionary; and their other mentions in the text. */
export const name: Recognizer<'NOME'> = defineRecognizer({
  entity: 'NOME',
  rules: [
    fieldRule('NOME'),
    {
      kind: 'search',
      name: 'person',
      since: 'clinical',
      confidence: 'dictionary',
      search: findNamesOutsideHeaders,
    },
    {
      kind: 'pattern',
      name: 'name-in-components',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: '^',
      regex:
        /(?<![\p{L}\p{N}^])(?:(?:D[AEO]S?|VAN|VON|DER|LA|EL) ){0,2}\p{Lu}[\p{L}'’-]{1,30}(?: \p{Lu}{2,20}){0,2}\^\p{Lu}[\p{L}'’.-]{0,30}(?: \p{Lu}[\p{L}'’.-]{0,20}){0,3}(?:\^[\p{L}.]{1,20}){0,3}(?![\p{L}\p{N}])/gu,
      accept: hasNamePart,
    },
    {
      kind: 'pattern',
      name: 'writer-of-a-message',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /\d:\d{2}/,
      regex:
        /(?<=^[ \t]{0,4}\[?\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4},? {1,2}\d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?(?:\] ?| - ))\p{L}[\p{L}.'’-]{1,20}(?: \p{L}[\p{L}.'’-]{0,20}){0,5}(?=(?: \([^()\n:]{2,30}\))?: )/gmu,
      accept: isWriter,
    },
    {
      kind: 'pattern',
      name: 'on-a-document',
      since: 'clinical',
      confidence: 'label',
      anchor: 'text',
      needs: /surname|sobrenome|last name/i,
      regex:
        /(?<=(?:[Ss]urname|SURNAME|[Ss]obrenome|SOBRENOME|[Ll]ast [Nn]ame)[ :]{1,3})\p{Lu}[\p{L}'’-]{1,30}(?: \p{Lu}[\p{L}'’-]{1,30}){0,2}?(?= {1,4}(?:[Gg]iven|GIVEN|[Pp]renome|[Nn]ome|[Ff]irst))|(?<=(?:[Ss]urname|SURNAME|[Ss]obrenome|[Ll]ast [Nn]ame)[ :]{1,3}\p{Lu}[\p{L}'’ -]{1,60} {1,4}(?:[Gg]iven(?: names?)?|GIVEN(?: NAMES?)?|[Ff]irst [Nn]ame|[Pp]renomes?)[ :]{1,3})\p{Lu}[\p{L}'’-]{1,30}(?: \p{Lu}{2,30}){0,2}/gu,
    },
    {
      kind: 'pattern',
      name: 'nickname-in-quotes',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /["“‘]\p{Lu}/u,
      regex:
        /(?<=(?<!\p{L})(?:chamad[oa] de|chamam? de|conhecid[oa] (?:como|por)|apelid(?:o|ado|ada)(?: de| é|:)?|vulgo|alcunha(?: de)?|goes by|known as|nicknamed?(?: was| is)?|(?<!so-)called(?: him| her)?|calls? (?:him|her|me|herself|himself|them)|a\.?k\.?a\.?),? {1,2}["“‘])\p{Lu}[\p{L}'’-]{1,20}(?: \p{L}[\p{L}'’-]{1,20}){0,2}(?=[.,]?["”’])|(?<=\p{L} \(["“])\p{Lu}\p{Ll}{1,14}(?=["”]\))|(?<=["“])\p{Lu}[\p{L}'’-]{1,20}(?: \p{Lu}[\p{L}'’-]{1,20})?(?=["”],? (?:apelido|alcunha|nickname|como (?:é|era) (?:conhecid|chamad)|as (?:s?he is|they are) (?:known|called)))/gu,
    },
    {
      kind: 'pattern',
      name: 'initials-with-age',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /\p{Lu}\. ?\p{Lu}/u,
      regex:
        /(?<![\p{L}\p{N}.])(?:\p{Lu}\. ?){1,4}\p{Lu}\.?(?=,? {0,2}(?:\(|de |an? |uma? )?\d{1,3}[ -]?(?:anos|a(?!\p{L})|years?|y\/?o|meses|months)|, (?:mulher|homem|sexo |woman|man(?!\p{L})|female|male(?!\p{L})|feminin|masculin|[FM](?=, \d{1,3})))/gu,
    },
    {
      kind: 'pattern',
      name: 'initials-in-a-list',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /\d\) \p{Lu}\./u,
      regex: /(?<=(?<!\p{L})\(?\d{1,2}\) )(?!U\.[SK]\.|E\.U\.|A\.M\.|P\.M\.)(?:\p{Lu}\.){2,5}(?=[,:;] )/gu,
    },
    {
      kind: 'pattern',
      name: 'initials-behind-label',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /iniciais|initials/i,
      regex:
        /(?<=(?:[Ii]niciais|INICIAIS|[Ii]nitials|INITIALS):? {1,2})(?:(?:\p{L}\.){2,5}|\p{Lu}(?:-?\p{Lu}){1,4}(?![\p{L}]))/gu,
    },
    {
      kind: 'pattern',
      name: 'initials-of-patient',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /\p{Lu}\. ?\p{Lu}|\p{Lu}{2},? (?:\d|idade|aged|ninety|noventa|cem |cento|one)/u,
      regex:
        /(?<=(?<!\p{L})(?:[Pp]aciente|PACIENTE|[Pp]atient|[Pp]cte?|[Pp]t|[Ii]niciais|[Ii]nitials|(?:[Cc]aso|[Cc]ase)(?: report)?|[Rr]elato de caso|[Tt]ransfer(?:[êe]ncia)?(?: d[eao]| of| request)?|[Rr]e|[Rr]ef|(?:[Ll]eito|[Bb]ed) \d{1,4}[A-Za-z]?):? {1,2}(?:- )?)(?:(?:\p{Lu}\. ?){1,4}\p{Lu}(?:\.|(?![\p{L}\p{N}]))|\p{Lu}{2,5}(?=,? (?:(?:idade |aged )?\d{1,3}(?:,| ?(?:anos|years?|y\.?\/?o))|(?:idade |aged )?(?:ninety|one hundred|noventa|cem|cento e))))/gu,
    },
  ],
  examples: {
    positive: [
      'Patient name ‹zoe h. whitaker›. HPI: 23 y/o w Crohn',
      'name: ‹deborah t. ramirez›; dob: 6 November 1970; Lisinopril 10 mg daily, follow-up in 3 weeks',
      'que vai se chamar ‹Bento›. Não houve; they asked for my name, ‹Leander Pimentel›, my date of birth',
      'o filho dela, ‹Nélio›, vem de fora. Handoff: bed 3, ‹Osborne›, seventy-seven',
      'Resultado de ‹DOE^JANE›; ‹SILVA^JOAO^DA›',
      'obs enf: ‹tércio› relatou dor; pct ‹josicleide› consciente',
      '{"nome": "‹Quitéria Abrantes›"} <nome>‹Quitéria Abrantes›</nome>',
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
      '‹Silva, João Batista da›\t12/12/1960',
      'Name: ‹VAN DER MEER, PIETER›   DOB',
      'nome: ‹olívia negreiros›\nidade: 45',
      'Filha de ‹Kauê›. Nega febre. ‹Kauê› volta. HTN. ‹Dmitri Ivanov› e ‹D. Ivanov›',
      'Paciente ‹Maria da Silva› veio. Depois, ‹Silva› voltou.',
      '‹J.M.S.›, 45 anos. Paciente ‹M.A.S.› evolui. Pcte ‹ABC›, 34 anos',
      'Pt name: ‹DOE, JOHN Q›   MRN',
      'seen by ‹Smith› PA-C; his wife ‹Jill› & son',
      'Conversei com ‹Helena› hoje.',
      'Her husband, ‹Tom›, says',
      'Avó materna, ‹Perpétua›, teve',
      "‹April›'s mother drove. ‹Faith›, her sister, agreed. ‹Joy› wouldn't say. He divorced ‹Jasmine› in 2016.",
      'Recebemos o ‹Wellington›, motorista. ‹Áurea› aqui do plantão. I, ‹OLAF BAPTISTE›, residing',
      '‹Olaf›, reminder: appt; - ‹Aparecida› (vizinha): +55',
      '‹Potira›: boa noite\n‹Potira›: ele caiu',
      '[01/04/2024, 09:17] ‹francisca pereira›: bom dia',
      'Surname ‹HUTCHINSON›  Given names ‹MARGUERITE›',
      'Apresentamos o caso de ‹N.C.M.›, mulher de 42; Iniciais: ‹R.R.›',
      'dictated by ‹grace ortiz›, md. pt ‹hope lindqvist› denies pain and was seen by her nurse today',
      'meu nome é ‹sandra machado coutinho› meu CPF',
      'id,last_name,first_name\n7,‹Poole›,‹Jasmine›\n8,‹Hart›,‹April›',
      '{"name":[{"family":"‹Okafor›","given":["‹Grace›"]}]} <family value="‹Quist›"/>',
      'NM1*IL*1*‹BEAUMONT›*‹HARUKI›****MI*W396~',
      "INSERT INTO p (id, nome) VALUES (1, '‹Clara Luz›');",
      'era chamado de "‹Furacão›" e tem medo do "‹Negão›", apelido do padrasto; goes by “‹Ducky›”',
      'a mãe dele, ‹Rosinete›, explicou; the nurse, ‹Paige›, that',
      'My name is ‹Xiomara Quelch›.',
      '‹Ketlyn› refere dor desde ontem.',
      "‹Mary-Jane O'Brien› was seen",
      'Pct ‹raimundo monteiro nakamura júnior› em MV; Pct ‹anderson vasconcelos da quispe› dormiu; Pt ‹wei t. fitzgerald› resting',
      "que ‹Bianca Takahashi de D'Ávila›, portadora; Leito 204 - ‹BENEDITA DOS D'ÁVILA OLIVEIRA›; ‹LUIZ FELIPE SANT'ANNA E QUISPE› - 1ª",
      'Mrs. ‹St. Clair› found; Proband ‹Mildred St. Clair› (b. 1950); ‹GARCIA-LOPEZ, SOO-JIN› (OD CF 3 ft)',
      'Prezado(a) ‹Conceição›, seu resultado. Questions? Call us. - ‹Minh› (team of the clinic)',
      '[03/12/2025 18:02] ‹Lu› (recepção): gente\n[04/12/2025 18:05] ‹Gabby›: ok',
      'Transfer request: ‹I.D.B.›, F, 101 y/o; 2) caso ‹O.S.Q.›; (2) ‹T.C.›, delayed OR',
      'Evolução: ‹Rosa› segue estável. ‹Nascimento› foi medicado. ‹Grace› remains stable. dr. ‹flávio d’ávila›, sr. ‹h. pacheco› nega',
      '‹KENNETH C. VAN DYKE›, 94yo; Full name: ‹ARTHUR M. ELLSWORTH, JR›\nTomador | ‹M. do Ferreira›\ntitular ‹silvana rocha sá› (CPF)',
      'Case report: ‹B. T. V.›, 95 y.o.; Relato de caso: paciente ‹L. A. X. P.›, idade 102; Case report: ‹OMH›, ninety years old',
      'call the intensivist, ‹Thornton›, ext 8260. RSVP to ‹Amara› at noon',
    ],
    negative: [
      'Resolução CNS nº 466/2012 e a Lei nº 8.080/1990, o estudo',
      'Meio de Löwenstein-Jensen sem crescimento; Leopold maneuvers on admission; manobras de Leopold; ágar Mueller-Hinton',
      'Olá, tudo bem? Hello, this is the clinic. P.O. Box 5098, Omaha; pill box on Sundays',
      'doença de Parkinson, sinal de Babinski, escala de Glasgow',
      "Crohn's disease, Hodgkin lymphoma, Kaplan-Meier, Mann-Whitney U test",
      'Smith et al. reported',
      'Apgar 9/10',
      'paciente hígido, filho natural',
      'Patient Health Questionnaire',
      'mãe nega alergias',
      'Mãe refere febre. Pai nega.',
      'E. coli and S. aureus',
      'Nome da mãe: não informado',
      'Dr. não compareceu',
      'Hospital Santa Maria',
      'HAS, DM2, AVC',
      'Escala de Hamilton',
      'Teste de Wilcoxon',
      'Salter-Harris II; Young-Burgess system',
      'The patient May 2019',
      'In April the clinic moved. Hope remains; joy and faith. May will be busy. Will hold metformin.',
      'Lembrete: traga os exames. Nota: jejum. Nota: sem café.',
      'CEFALEIA HA 2 DIAS, EVA 8/10',
      '{"name":"clin-bert","tests":[{"name":"Hemoglobin"}]}',
      'medicamentos:\n  - nome: enalapril\n    dose: 10 mg\n  - nome: AAS\n    dose: 100 mg',
      'Nome\tData nasc.\tProntuário',
      'o paciente aceitou dieta, evacuou, nega dor e segue sem queixas no leito, quero saber quando pego o laudo',
      'Wagner 1, balão de Bakri, esquema de Zuspan, circle of Willis, escala de Hoehn e Yahr',
      'a lesion called "bull eye"; the so-called "Patient Zero"',
      '[03/12/2025 18:02] Enfermagem: ok\n[03/12/2025 18:03] Sistema: mensagem; (1) U.S., 2019',
      'Pagamento anterior com cartão; Cadastro de Pessoa Física; Insurer reached at 212-662-1000; MAC (63-48-41-CA-53-90)',
      'Hope remains high; case report: NSTEMI, anterior; the case of COPD, 3 years',
      'pct acordado, em uso da sonda; pt awake and resting; St. Mary medal; - Minuto (relógio)',
      'Murphy e Blumberg ausentes; Ortolani e Barlow negativos; escores de Kellgren-Lawrence e Berg; House-Brackmann 2',
      'fraturas de Colles à D e de Smith à E; relógio de Shulman; Trizol e pomada Nebacetin; espaço de Morrison livre',
      'PFANNENSTIEL INCISION. POUCH OF DOUGLAS AND MORRISON POUCH DRY. PENROSE DRAIN. INCISÃO DE PFANNENSTIEL',
      'POLÍGONO DE WILLIS PÉRVIO. CÓLON SIGMOIDE, GLEASON NÃO SE APLICA. IMUNO-HISTOQUÍMICA: CK7 -',
    ],
  },
})
