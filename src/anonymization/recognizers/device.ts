import { defineRecognizer, type Recognizer, strictConnector } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { codeValue, labelledNumber, numberPattern } from './document-number.js'

// The lot of a medicine or a vaccine is many people's; that of an implant is one's.
const lotBefore =
  /\b(?:lotes?|lot|lot ?number|batch)\b(?: ?n[º°o.]{1,2}| number| no\.?)?[^\p{L}\p{N}]{0,4}$/iu
const implanted =
  /implant|pr[óo]tese|prosthe|stent|marca-?passo|pacemaker|eletrodo|gerador|generator|desfibrilador|lente|\blens\b|\bDIU\b|\bIUD\b|v[áa]lvula|valve|\bCDI\b|\bICD\b|cateter|catheter|parafuso|screw|placa|plate|haste|\brod\b|mesh|tela|enxerto|graft|UDI|device|dispositivo|s[ée]rie|serial|mod(?:elo|el)\b|cochlear|coclear/iu
const cataloguedVaccine = /vacina|vaccine|imuniza|immuniz|\bdose\b/iu

function isLotOfMany(lead: string): boolean {
  return lotBefore.test(lead) && (!implanted.test(lead) || cataloguedVaccine.test(lead))
}

/** Serial numbers of devices and implants, UDI, IMEI and MAC addresses. */
export const device: Recognizer<'DISPOSITIVO'> = defineRecognizer({
  entity: 'DISPOSITIVO',
  rules: [
    fieldRule('DISPOSITIVO'),
    labelledNumber(
      'serial',
      'clinical',
      [
        'serial',
        'stent lote',
        'número do lote',
        'lote nº',
        'device SN',
        'device S/N',
        'device number',
        'implant ID',
        'implant number',
        'número de série do dispositivo',
        'número de série do implante',
        'número de série da prótese',
        'série do gerador',
        'serial do dispositivo',
        'eletrodo',
        'ref do implante',
        'neuroestimulador',
        'implante coclear',
        'cochlear implant',
        'CPAP',
        'glucometer',
        'glicosímetro',
        'serial number',
        'serial no',
        'número de série',
        'nº de série',
        'n de série',
        'série',
        'num série',
        'S/N',
        'SN',
        'N/S',
        'NS',
        'transmitter SN',
        'transmitter',
        'sensor',
        'device ID',
        'device identifier',
        'device serial',
        'device',
        'marcapasso',
        'marca-passo',
        'serial do marca-passo',
        'serial do marcapasso',
        'pacemaker',
        'desfibrilador',
        'CDI',
        'ICD',
        'implant',
        'implante',
        'prótese',
        'prosthesis',
        'stent',
        'gerador',
        'bomba de insulina',
        'insulin pump',
        'UDI',
        'modelo',
        'model',
        'IMEI',
        'lote',
        'lot',
        'lot number',
        'dispositivo',
      ],
      codeValue(6, 4),
      (value, context) =>
        !isLotOfMany(context.text.slice(Math.max(0, context.start - 90), context.start)) &&
        !/^\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}$|^(?:19|20)\d{2}[-/](?:19|20)\d{2}$/.test(value),
    ),
    {
      kind: 'label',
      name: 'serial-code',
      since: 'clinical',
      labels: [
        'SN',
        'S/N',
        'serial',
        'serial number',
        'serial no',
        'transmitter SN',
        'número de série',
        'nº de série',
        'device serial number',
      ],
      connector: strictConnector,
      value:
        /(?=[A-Z]{0,8}\d)(?=[\dA-Z-]{0,12}[A-Z]|\d{5})[A-Z\d]{4,16}(?:-[A-Z\d]{1,8}){0,3}(?![\p{L}\p{N}])/uy,
    },
    labelledNumber(
      'udi',
      'clinical',
      [
        'UDI',
        'série',
        'serial',
        'serial number',
        'marcapasso',
        'pacemaker',
        'implante',
        'implant',
        'device',
        'dispositivo',
        'número de série',
      ],
      /\(01\)\d{14}(?:\(\d{2}\)[A-Za-z0-9-]{1,20}){0,5}/y,
    ),
    {
      kind: 'pattern',
      name: 'udi-form',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: '(01)',
      regex: /\(01\)\d{14}(?:\(\d{2}\)[A-Za-z0-9-]{1,20}){0,5}/g,
    },
    labelledNumber(
      'mac-dotted',
      'clinical',
      ['MAC', 'MAC address', 'MAC addr', 'endereço MAC'],
      /[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\p{L}\p{N}])/uy,
    ),
    numberPattern('mac', 'clinical', '[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\\1[0-9A-Fa-f]{2}){4}'),
    numberPattern(
      'mac-letter-first',
      'clinical',
      '[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\\1[0-9A-Fa-f]{2}){4}',
      { anchor: 'code' },
    ),
  ],
  examples: {
    positive: [
      'Marcapasso série ‹(01)04005007207880(17)211945(21)A5734282›.',
      'Marcapasso série ‹P497865702›',
      'Pacemaker serial number ‹8934-499328-Z›',
      'S/N: ‹AX146869S›',
      'IMEI ‹490154203237518›',
      'MAC ‹00:1B:44:11:3A:B7› e ‹AC-DE-48-00-11-22›',
    ],
    negative: [
      'série de 12345 casos',
      'stent de 3,5 mm',
      'uma série 2010-2015',
      'implante em 15/03/2024',
      'model 2',
      'ICD-10 J45',
      'CDI em 2019',
    ],
  },
})
