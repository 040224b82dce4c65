import { defineRecognizer, type LabelRule, type Recognizer, wideConnector } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { labelledNumber, numberPattern } from './document-number.js'

// The council's state or region stays: `CRM-SP 12345`, `CRM/SP nº 12345`, `CREFITO-3/12345-F`.
const councilConnector = new RegExp(
  `[ \\t]{0,2}(?:[-/(_]?[ \\t]{0,2}(?:(?!no?(?!\\p{L})|is(?!\\p{L}))[A-Za-z]{2}(?:-CD)?(?![\\p{L}])|\\d{1,2}[ªa]?(?=[^\\p{L}\\p{N}.,]{1,3}|\\.{2})(?! ?%)))?\\)?[ \\t]{0,2}[-/]?${wideConnector.source}`,
  'iuy',
)
const registration = /\d(?:[.-]?\d){2,8}(?:-?(?:ENF|TE|AE|TEC|AUX|[A-Z]))?(?![\p{L}\p{N}])/iuy

const council: LabelRule = {
  kind: 'label',
  name: 'council',
  since: 'literature',
  labels: [
    'CRM',
    'COREN',
    'CRO',
    'CREFITO',
    'CRN',
    'CRBM',
    'CRFa',
    'CRFA',
    'CRESS',
    'CRMV',
    'OAB',
    'CREF',
    'CRBio',
    'C.R.M.',
    'C.O.R.E.N.',
    'C.R.O.',
    'C.R.N.',
    'CREMESP',
    'CREMERJ',
    'RQE',
    'RMS',
    'registro profissional',
    'conselho',
  ],
  connector: councilConnector,
  value: registration,
  isTold: true,
}

// CRP is also C-reactive protein and CRF renal failure: they need the state.
const councilOfState: LabelRule = {
  ...council,
  name: 'council-of-state',
  labels: ['CRP', 'CRF'],
  connector: new RegExp(
    `[ ]{0,1}[-/ (](?:\\d{1,2}(?=\\)?(?:[^\\p{L}\\p{N}.,]|\\.{2}| N[º°]))(?! ?%)|[A-Z]{2}(?![\\p{L}]))\\)?[ ]{0,2}[-/]?(?:\\.{2,40}| ?N[º°])?${wideConnector.source}`,
    'uy',
  ),
}

/** The check digit of a DEA number: digits 1, 3, 5 plus twice digits 2, 4, 6 end in digit 7. */
function isValidDea(value: string): boolean {
  const digits = [...value.replaceAll(/\D/g, '')].map(Number)
  const sum = digits.slice(0, 6).reduce((total, digit, index) => total + digit * (index % 2 === 0 ? 1 : 2), 0)
  return sum % 10 === digits[6]
}

/** Numbers of professional councils: CRM, COREN, CRO, CREFITO, RQE …, NPI, DEA. */
export const professionalRegistration: Recognizer<'REGISTRO_PROFISSIONAL'> = defineRecognizer({
  entity: 'REGISTRO_PROFISSIONAL',
  rules: [
    fieldRule('REGISTRO_PROFISSIONAL'),
    council,
    {
      kind: 'pattern',
      name: 'region-of-council',
      since: 'clinical',
      confidence: 'label',
      anchor: 'number',
      digits: 5,
      regex:
        /(?<=(?<!\p{L})(?:CRP|CREFITO)[ :-]{1,2}(?:n[º°o.]{1,2} ?)?)\d{1,2}\/\d{4,6}(?:-[A-Z]{1,3})?(?![\p{L}\p{N}])/iuy,
    },
    {
      kind: 'pattern',
      name: 'council-joined-to-state',
      since: 'literature',
      confidence: 'label',
      anchor: 'number',
      digits: 4,
      regex:
        /(?<=(?<![\p{L}\p{N}])(?:CRM|CRO|CRN|CRP|CRF|COREN|CREFITO)(?:AC|AL|AP|AM|BA|CE|DF|ES|GO|MA|MT|MS|MG|PA|PB|PR|PE|PI|RJ|RN|RS|RO|RR|SC|SP|SE|TO):? ?(?:n[º°o.]{0,2} ?)?)\d(?:[.-]?\d){2,7}(?![\p{L}\p{N}])/uy,
    },
    {
      kind: 'pattern',
      name: 'council-joined-to-region',
      since: 'literature',
      confidence: 'label',
      anchor: 'number',
      digits: 4,
      regex:
        /(?<=(?<![\p{L}\p{N}])(?:CREFITO|CRP|CRN|CRFA|CRFa)-?\d{1,2} ?[/-] ?)\d{4,6}(?:-[A-Z]{1,3})?(?![\p{L}\p{N}])/uy,
    },
    councilOfState,
    labelledNumber(
      'council-of-no-state',
      'clinical',
      ['CRP', 'CRF'],
      /\d{4,6}(?![\p{L}\p{N}]|[.,]\d| ?(?:mg|ng|[µμ]g|%))/uy,
    ),
    {
      kind: 'pattern',
      name: 'before-its-council',
      since: 'clinical',
      confidence: 'label',
      anchor: 'number',
      digits: 4,
      regex:
        /(?<![\p{L}\p{N}.,/-])\d{2,3}\.?\d{2,3}(?= ?[-–/] ?(?:CRM|COREN|CRO|CRN|CREFITO)[-/ ][A-Z]{2}(?!\p{L}))/uy,
    },
    labelledNumber(
      'npi',
      'literature',
      [
        'NPI',
        'N.P.I.',
        'NPI no',
        'NPI ID',
        'provider NPI',
        'national provider identifier',
        'NPI number',
        'UPIN',
      ],
      /\d{10}(?!\d)|[A-Z]\d{5}(?!\d)/y,
    ),
    labelledNumber(
      'dea',
      'literature',
      ['DEA', 'D.E.A.', 'DEA no', 'DEA number', 'DEA registration'],
      /[A-Z][A-Z9]-?\d{7}(?!\d)/iy,
    ),
    labelledNumber(
      'license',
      'clinical',
      [
        'medical license',
        'license no',
        'licença médica',
        'medical registration',
        'medical council',
        'registration of the physician',
        'provider ID',
        'UPIN',
        'medical licence',
        'license',
        'licence',
        'lic',
        'license number',
        'GMC',
        'GMC number',
        'NMC',
        'state license',
        'RN license',
      ],
      /(?:[A-Z]{1,4}[-. ]?)?(?:\d{1,3}(?:\.\d{3}){1,2}(?:-\d)?|\d{4,13})(?![\p{L}\p{N}]|[.,]\d)/iuy,
    ),
    numberPattern('dea-check-digit', 'clinical', '[ABCDEFGHJKLMPRSTUX][A-Z9]\\d{7}', {
      anchor: 'code',
      accept: isValidDea,
    }),
  ],
  examples: {
    positive: [
      'CREFITO4/‹57786›; C.R.M. ‹5584›; N.P.I. ‹2669215495›; C.O.R.E.N. ‹11929›',
      'CRM-MG ‹48219›.',
      'CRM/SP nº ‹123.456›',
      'CRM ‹12345›/RJ',
      'COREN-SP ‹123456-ENF›',
      'CREFITO-‹3/12345-F›',
      'RQE nº ‹4321›',
      'NPI ‹1239036720›.',
      'DEA ‹ME7644289›',
      'CRM SP ‹98765›',
      'CRO-PR: ‹20455›',
      'RN, license no. ‹153.548›; MD, license ‹36.469›.',
      'CRP ‹06/98765›',
      'CRMDF ‹575792›, CRP ‹4/202423›',
      'CRF-SP ‹43210›',
      'CRM: ‹52-98765-4›',
      'o CRM dele é ‹123456›; inscrita no Coren-BA sob o número ‹445.667›; CRF ‹12345›; ‹123456›-CRM/SP',
    ],
    negative: [
      'license fee 12.50; licensed in 3.5 years',
      'CRM 5 mm',
      'DEA levels',
      'CRP 12 mg/L',
      'CRP: 4,5',
      'CRF avançada',
    ],
  },
})
