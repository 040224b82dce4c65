import {
  defineRecognizer,
  type FindContext,
  identifierValue,
  looseConnector,
  type Recognizer,
  strictConnector,
  wideConnector,
} from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import {
  markedLabels,
  numberedLabels,
  patientLabels,
  recordLabels,
  toldLabels,
  weakLabels,
} from './patient-id-labels.js'

const registryBefore =
  /(?:trial|registry|registration|prospero|gov|gene|snp|uniprot|entrez|ensembl|pubmed|omim|genbank|probe|cluster|grant|protein|drugbank|chembl|dataset|orcid)\W{0,3}(?:\w{0,10}\W{1,2})?$/i

const pressure = /^\d{2,3}\/\d{2,3}$/
// The protocol of a study: `protocolo 2019/123 aprovado pelo comitê`.
const approvedAfter = /^[^.\n]{0,25}(?:aprovad|approved|comit[êe] de [ée]tica|ethics|\bIRB\b|CONEP)/iu

// `paciente número 551287`, `arquivado sob o nº 33412`: everyday words, and the word for a number.
const numberedConnector =
  /(?: (?!\d)[\p{L}'’]{1,16}){0,4} (?:n[úu]mero|number|n[º°]|n\.[º°o]?|no\.)(?: é| is| was|:)? ?/iuy

// `falar com a paciente no número 99876-5544`.
const callable = /^\d{4,5}-\d{4}$|^\d{10,11}$/

/** An ID of a trial, gene or database is no patient's. */
function isPatientNumber(value: string, context: FindContext): boolean {
  const lead = context.text.slice(Math.max(0, context.start - 40), context.start)
  if (/[?&/]\w{0,12}=$/.test(lead)) return false
  // A procedure of a claim: `SVC*HC:99214`.
  if (/\*HC:$/.test(lead)) return false
  // The number of a dictionary: `2.16.840.1.113762.1`.
  if (/^\d{1,3}(?:\.\d{1,9}){4,}$/.test(value)) return false
  if (approvedAfter.test(context.text.slice(context.end, context.end + 50))) return false
  return !registryBefore.test(lead.replace(/(?:ID|no|number|n[º°o])?[\s.:=#º°"'*>|(,;]{0,8}$/i, ''))
}

/** Record, attendance and accession numbers, by their label. */
export const patientId: Recognizer<'PACIENTE_ID'> = defineRecognizer({
  entity: 'PACIENTE_ID',
  rules: [
    fieldRule('PACIENTE_ID'),
    {
      kind: 'pattern',
      name: 'in-a-path',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /(?:paciente|patient|prontuario|encounter|atendimento|visit|record|mrn|pid|id)s?[/=]/i,
      regex:
        /(?<=\/(?:pacientes?|patients?|prontuarios?|encounters?|atendimentos?|visits?|records?)\/|[?&](?:paciente|patient|mrn|prontuario|id_paciente|patient_id|paciente_id|pid|atendimento)=)[A-Z]{0,4}-?\d[\d-]{2,20}(?![\p{L}\p{N}])/giu,
    },
    {
      kind: 'pattern',
      name: 'attendance-abbreviated',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /at\. /i,
      regex: /(?<=(?<![\p{L}\p{N}])at\. (?:n[º°o.]{1,2} ?)?)[A-Z]{0,3}-?\d[\d./-]{4,12}(?![\p{L}\p{N}])/giu,
    },
    {
      kind: 'pattern',
      name: 'in-a-list-of-persons',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /^\d{1,2}[.)] \p{Lu}/mu,
      regex:
        /(?<=^\d{1,2}[.)] \p{Lu}[\p{L} .'-]{1,40}, \p{Lu}[\p{L} .'-]{1,30} - )[A-Z]{0,3}-?\d[\d./-]{3,12}(?= - )/gmu,
    },
    {
      kind: 'pattern',
      name: 'behind-name-and-id',
      since: 'clinical',
      confidence: 'label',
      anchor: 'text',
      needs: /(?:name|nome) ?\/ ?(?:id|mrn|pront|reg)/i,
      regex:
        /(?<=(?:name|nome) ?\/ ?(?:ID|MRN|pront\p{L}{0,6}|reg\p{L}{0,5})\.?: {0,3}\p{L}[\p{L}'’ ,.-]{2,50} ?[/|-] ?)[A-Z]{0,4}-?\d[\d./-]{2,14}\d(?![\p{L}\p{N}])/giu,
    },
    {
      kind: 'label',
      name: 'bare-id',
      since: 'documented',
      labels: ['ID', 'identificador', 'identifier'],
      connector: strictConnector,
      value: identifierValue,
      accept: isPatientNumber,
    },
    {
      kind: 'label',
      name: 'patient-id',
      since: 'documented',
      labels: patientLabels,
      connector: looseConnector,
      value: identifierValue,
    },
    {
      kind: 'label',
      name: 'record-number',
      since: 'documented',
      labels: recordLabels,
      connector: looseConnector,
      value: identifierValue,
      accept: isPatientNumber,
    },
    {
      kind: 'label',
      name: 'told-number',
      since: 'clinical',
      labels: toldLabels,
      connector: looseConnector,
      isTold: true,
      value: identifierValue,
      accept: (value, context) => value.replaceAll(/\D/g, '').length >= 4 && isPatientNumber(value, context),
    },
    {
      kind: 'label',
      name: 'of-that-number',
      since: 'clinical',
      labels: numberedLabels,
      connector: numberedConnector,
      value: identifierValue,
      accept: (value, context) =>
        value.replaceAll(/\D/g, '').length >= 4 && !callable.test(value) && isPatientNumber(value, context),
    },
    {
      kind: 'pattern',
      name: 'before-its-copula',
      since: 'clinical',
      confidence: 'label',
      anchor: 'number',
      digits: 4,
      regex:
        /(?<![\p{L}\p{N}]|[.,/-])\d[\d./-]{2,14}\d(?= (?:é|era|is|was) (?:o |a |the |her |his |your |my )?(?:n[úu]mero |number )?(?:d[eo] (?:seu |meu )?)?(?:prontu[áa]rio|MRN|chart|medical record|record number))/iuy,
    },
    {
      kind: 'label',
      name: 'number-in-groups',
      since: 'clinical',
      labels: [
        'MRN',
        'medical record number',
        'medical record',
        'patient ID',
        'patient number',
        'chart number',
        'accession number',
        'encounter number',
        'prontuário',
        'pront',
        'registro',
        'registro hospitalar',
        'atendimento',
        'ID',
        'ID do paciente',
      ],
      connector: looseConnector,
      value:
        /\d{3}(?: \d{3}){1,3}(?![\p{L}\p{N}]| ?(?:\d|%|[./,-]\d|m[gL]|pacientes|patients|casos|cases))/uy,
      accept: isPatientNumber,
    },
    {
      kind: 'label',
      name: 'short-label',
      since: 'clinical',
      labels: markedLabels,
      connector: strictConnector,
      value: identifierValue,
      accept: (value, context) =>
        /\d.*\d.*\d/.test(value) && !pressure.test(value) && isPatientNumber(value, context),
    },
    {
      kind: 'label',
      name: 'long-number',
      since: 'clinical',
      labels: [...recordLabels, ...patientLabels, ...weakLabels],
      connector: wideConnector,
      value: identifierValue,
      accept: (value, context) =>
        value.replaceAll(/\D/g, '').length >= 5 && !pressure.test(value) && isPatientNumber(value, context),
    },
  ],
  examples: {
    positive: [
      'MATRÍCULA DO PACIENTE:‹0032452›; MR# - ‹2016-837801›; M.R.N. = ‹VU82-6792›; Record #: ‹47585/22›; Registro sob o nº ‹22.503.696›;',
      '290-43-3028 (SSN), ‹PAC-745504› (MRN), E729-1135-8610 (driver license)',
      'ID: ‹12345›',
      'patient_mrn=‹71831599› patient_name; GET /paciente/‹752198›/exames?mrn=‹8821›',
      'internou por SCA. At. ‹144171-2›; FICHA ODONTOLÓGICA nº ‹18204›',
      '1. MUNDURUKU, VICENTE - ‹912684-5› - herniorrafia',
      '(0010,0010) PN [A^B] # PatientName\n(0010,0020) LO [‹4873182›] # PatientID\n(0010,0030) DA [19810507] # PatientBirthDate',
      'P|1|‹15739854›|||GALVAO^INACIO||19710701|M',
      '{"subject":{"reference":"Patient/‹4411›"},"identifier":[{"value":"‹7781-223A›"}]}',
      'Patient ID: ‹12345›, seen',
      'ID: ‹00-86-36›. Hb 11,2',
      'MRN: ‹H647739›. Hgb',
      '(prontuário ‹70705/24›)',
      'Prontuário nº ‹0058852›',
      'patient ID ‹968.646›)',
      'ID do paciente: ‹998877›',
      'Medical record number ‹00123456›',
      'Atendimento: ‹2024001234›; MRN ‹420 496 688›.',
      'nº do pedido ‹8812077›; Acc #: ‹CT-2020-88123›',
      'para Ana, registro ‹O285099›: hemograma',
      'O prontuário que está no cartão é ‹48.215›. The chart number on her card is ‹88-41-07›. Prontuário do bebê: ‹99812›',
      'paciente número ‹551287›; ‹48.215› é o número do prontuário dela; the record number she gave, ‹551287›, did not match',
      'Nº acesso: ‹20226887351›; Pt name/ID: VAN DER BERG, MARISOL / ‹941.160›; sample ‹GA-540606›. Heterozygous; mention sample ‹ACC8539133›.',
      'Her MRN at this hospital is ‹4482913›. Prontuário físico arquivado sob o nº ‹33412›',
    ],
    negative: [
      'MR grade 2; record of 12345 patients; MR 3.0 T',
      'escore de 12345 no prontuário eletrônico; values 120/80 (chart); seen 3/12/2024 (record)',
      'o prontuário foi revisto em 2019; the chart reads 120/80; the MRN was entered on 3/12/2024; exame de 12345 pacientes',
      'sample 12345 adults, a sample of 20 patients, acesso venoso: 2; bloco 3; sample size 120; Name/dose: aspirin / 100',
      'genotypes DD 38.6, ID 57.1, and II 87.4',
      'ClinicalTrials.gov ID: NCT01046032',
      'Trial registration ID: 12612000038897',
      'Gene ID: 7157',
      'adults with ID to become better readers',
      'PROSPERO registration ID: 42018',
    ],
  },
})
