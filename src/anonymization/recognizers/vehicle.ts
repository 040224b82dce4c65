import { isValidVin } from '@brazilian-utils/brazilian-utils/is-valid-vin'
import { defineRecognizer, type FindContext, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { labelledNumber, numberPattern } from './document-number.js'

const vehicleBefore =
  /(?:ve[íi]culo|carro|moto|motocicleta|autom[óo]vel|caminh[ãa]o|caminhonete|[ôo]nibus|placas?|t[áa]xi|ambul[âa]ncia|\bcar|vehicle|plates?|truck|sedan|SUV|pickup|motorcycle|taxi)(?!\p{L})[^.\n]{0,60}$/iu

function isNearVehicle(_value: string, context: FindContext): boolean {
  return vehicleBefore.test(context.text.slice(Math.max(0, context.start - 75), context.start))
}

/** Licence plates (Brazil old and Mercosul, and labelled ones of elsewhere) and vehicle identification numbers. */
export const vehicle: Recognizer<'PLACA'> = defineRecognizer({
  entity: 'PLACA',
  rules: [
    fieldRule('PLACA'),
    labelledNumber(
      'plate',
      'clinical',
      [
        'placa',
        'placas',
        'car registration',
        'vehicle registration',
        'vehicle reg',
        'reg plate',
        'placa do caminhão',
        'placa da motocicleta',
        'placa da ambulância',
        'vehicle plate',
        'car plate',
        'license tag number',
        'tag no',
        'placa do veículo',
        'placa veículo',
        'placa do carro',
        'placa da moto',
        'placa do automóvel',
        'license plate',
        'licence plate',
        'license plates',
        'plate',
        'plate number',
        'plates',
        'tag number',
        'tag',
        'tags',
        'number plate',
        'license tag',
        'registration plate',
      ],
      /(?=[A-Z-]{0,4} ?[A-Z]{0,3}\d|\d[A-Z0-9 -]{0,6}[A-Z0-9])(?:[A-Z0-9]{1,4}[ -][A-Z0-9]{2,5}|[A-Z0-9]{5,8})(?![\p{L}\p{N}])|[a-z]{3}[ -]?\d[a-z\d]\d{2}(?![\p{L}\p{N}])/uy,
    ),
    labelledNumber(
      'vin',
      'clinical',
      ['chassi', 'chassis', 'VIN', 'número do chassi', 'vehicle identification number', 'NIV'],
      /[A-HJ-NPR-Z0-9]{11,17}(?![\p{L}\p{N}])/iuy,
    ),
    labelledNumber('renavam', 'clinical', ['renavam'], /\d{9,11}(?!\d)/y),
    numberPattern('plate-near-vehicle', 'clinical', '[A-Z]{3}[ -]?(?:\\d{4}|\\d[A-J]\\d{2})', {
      anchor: 'code',
      confidence: 'pattern',
      accept: isNearVehicle,
    }),
    {
      kind: 'pattern',
      name: 'plate-of-the-vehicle',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'number',
      // Of states elsewhere: `Vehicle 7WUX497`, `the sedan, 7ABC123,`, `driving a Ford (7ABC123)`.
      regex:
        /(?<=(?:[Vv]ehicle|[Cc]ar|[Tt]ruck|[Ss]edan|SUV|[Pp]ickup|[Vv]an|[Mm]otorcycle|[Pp]lates? reads?|Ford|Honda|Toyota|Chevy|Chevrolet|Nissan|Subaru|Kia|Hyundai|Jeep|Dodge|Tesla|Mazda)(?: \p{Lu}[\p{L}\d]{1,12})?(?:,? \(?|: ))(?:\d[A-Z]{3}\d{3}|\d{3}[ -]?[A-Z]{3})(?![\p{L}\p{N}])/uy,
    },
    {
      kind: 'pattern',
      name: 'plate-behind-its-state',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'code',
      regex:
        /(?<=(?:[Vv]ehicle|[Cc]ar|[Tt]ruck|[Ss]edan|SUV|[Pp]ickup|[Vv]an|[Mm]otorcycle)(?:,? \(?|: ))(?:[A-Z]{2} )?(?=[A-Z\d]{0,6}\d)(?=[A-Z\d]{0,6}[A-Z])[A-Z\d]{3,4}[ -]?[A-Z\d]{3,4}(?![\p{L}\p{N}])/uy,
    },
    labelledNumber(
      'registration',
      'clinical',
      ['registration', 'car reg', 'reg no'],
      /[A-Z]{2}\d{2} ?[A-Z]{3}(?![\p{L}\p{N}])/uy,
    ),
    numberPattern(
      'vin-check-digit',
      'clinical',
      '(?=[A-Z0-9]{0,16}[A-Z])(?=[A-Z0-9]{0,16}\\d)[A-HJ-NPR-Z0-9]{17}',
      { anchor: 'code', accept: (value) => isValidVin(value) },
    ),
  ],
  examples: {
    positive: [
      'Veículo ‹LXE7I42› (chassi ‹3MU77ENK48LTP630S›)',
      'placa ‹UEC 7835›',
      'moto ‹ABC-1234›',
      'Placa do carro: ‹ABC-1D23›',
      'License plate ‹YLF 8624› (VIN ‹5E2RZ6P462UHAFY6G›)',
      'plate ‹1NFE496›',
      'o carro prata, ‹ABC1D23›,',
      'Vehicle ‹7WUX497› was registered; the sedan, ‹7ABC123›, rolled; his truck (‹TX 4KLM92›); registration ‹LK53 ABY›',
    ],
    negative: [
      'CYP2C19 poor metabolizers',
      'placa bacteriana',
      'plate count 1234',
      'PCR 1234',
      'placa de 5 mm',
      'vehicle control 123 ABC; the car with 7 seats',
    ],
  },
})
