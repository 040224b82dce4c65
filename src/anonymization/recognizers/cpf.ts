import { isValidCpf } from '@brazilian-utils/brazilian-utils/is-valid-cpf'
import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'
import { digitGroups, labelledNumber, numberPattern } from './document-number.js'

/** CPF, the Brazilian taxpayer number of a person. */
export const cpf: Recognizer<'CPF'> = defineRecognizer({
  entity: 'CPF',
  rules: [
    fieldRule('CPF'),
    labelledNumber(
      'labelled',
      'literature',
      [
        'CPF',
        'CPF MF',
        'CPF do responsável',
        'CPF da responsável',
        'CPF da mãe',
        'CPF do pai',
        'CPF titular',
        'CPF paciente',
        'CPF do beneficiário',
        'CPF do médico',
        'CPF do prestador',
        'CPF do acompanhante',
        'CPF responsável',
        'cadastro de pessoas físicas',
        'C.P.F.',
        'CIC',
        'cadastro de pessoa física',
        'chave pix CPF',
        'CPF do paciente',
        'CPF da paciente',
        'CPF do titular',
      ],
      digitGroups(9, 11),
    ),
    numberPattern('formatted', 'clinical', '\\d{3}\\.\\d{3}\\.\\d{3}[-/.]\\d{2}', { digits: 11 }),
    numberPattern('check-digits', 'literature', '\\d{3}[. ]?\\d{3}[. ]?\\d{3}[-/. ]?\\d{2}', {
      accept: (value) => isValidCpf(value),
      digits: 11,
    }),
  ],
  examples: {
    positive: [
      'CPF do paciente é ‹460. 102. 534 - 62›',
      'CPF ‹979.628.684-06›',
      'CPF: ‹65784533509›; o número do CPF dele (‹12345678910›) está errado; seu CPF é ‹123.456.789-10›',
      'portador do ‹716.443.173-62›,',
      'CPF/MF nº ‹111.222.333-44›',
      'doc ‹03994212898› ok',
    ],
    negative: ['12345678901', 'mean 123.456', 'n = 1.234.567', 'CPF não informado', '97962868407'],
  },
})
