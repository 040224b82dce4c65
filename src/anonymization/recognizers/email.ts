import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'

/** E-mail addresses. */
export const email: Recognizer<'EMAIL'> = defineRecognizer({
  entity: 'EMAIL',
  rules: [
    fieldRule('EMAIL'),
    {
      kind: 'pattern',
      name: 'address',
      since: 'documented',
      confidence: 'pattern',
      anchor: 'text',
      needs: '@',
      regex:
        /(?<![\p{L}\p{N}_%+-])[\p{L}\p{N}_%+-](?:[\p{L}\p{N}._%+'-]{0,63})@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,6}\p{L}{2,24}(?![\p{L}\p{N}])/gu,
    },
    {
      kind: 'pattern',
      name: 'spelled-out',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /[[(](?:at|arroba)[\])]/i,
      regex:
        /(?<![\p{L}\p{N}_.-])[\p{L}\p{N}](?:[\p{L}\p{N}._-]{0,40}) ?[[(](?:at|arroba)[\])] ?[\p{L}\p{N}-]{1,40}(?: ?(?:\.|[[(](?:dot|ponto)[\])]) ?[\p{L}\p{N}-]{2,24}){1,4}(?![\p{L}\p{N}])/giu,
    },
  ],
  examples: {
    positive: [
      'Contato: ‹email@hospital.com›.',
      '‹KEVIN.ADAMS@VA.GOV›',
      '‹laura_reed+exames@gmail.com›, ‹soares-igor@saude.sp.gov.br›',
      '<‹joão@saúde.org.br›>',
      'write to ‹maria.silva [at] hospital [dot] com›',
    ],
    negative: ['Fe2@C nanoparticles', 'PA 130 @ 85', '5 mg @ 8 h', 'user@localhost'],
  },
})
