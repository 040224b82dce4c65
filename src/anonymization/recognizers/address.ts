import { findAddresses } from '../places/find-addresses.js'
import { defineRecognizer, type Recognizer, strictConnector } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'

/** Streets with their number and complement, post boxes and labelled addresses. */
export const address: Recognizer<'ENDERECO'> = defineRecognizer({
  entity: 'ENDERECO',
  rules: [
    fieldRule('ENDERECO'),
    { kind: 'search', name: 'street', since: 'clinical', confidence: 'pattern', search: findAddresses },
    {
      kind: 'pattern',
      name: 'post-box',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      regex:
        /(?<![\p{L}\p{N}])(?:P\.? ?O\.? ?Box|PO BOX|Post Office Box|Caixa Postal|C\.P\.|(?:RR|HC) \d{1,3},? Box) (?:n[º°o.]{1,2} ?)?\d{1,6}(?![\p{L}\p{N}])/giu,
    },
    {
      kind: 'pattern',
      name: 'highway-kilometre',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'code',
      regex: /(?<![\p{L}\p{N}_])[A-Z]{2}[- ]\d{2,3},? (?:no )?km \d{1,4}(?![\p{L}\p{N}])/iuy,
    },
    {
      kind: 'label',
      name: 'labelled',
      since: 'clinical',
      labels: [
        'endereço',
        'end',
        'endereço residencial',
        'logradouro',
        'address',
        'home address',
        'mailing address',
        'residência',
        'street address',
      ],
      connector: strictConnector,
      value:
        /(?=[^\n]{0,30}\d)[\p{L}\p{N}][^\n,;:]{2,50}, {0,2}(?:n[º°o.]{1,2} ?)?\d{1,6}(?![\p{L}\p{N}/-])/uy,
    },
  ],
  examples: {
    positive: [
      'residente na ‹Quadra 60, Lote 7› - Boa Vista',
      'residir na ‹Rua das Palmeiras, 1.560›, em Vilhena',
      'Endereço: ‹Travessa Barão de Castro nº 2030, bloco B, apto 912› - Setor Bueno',
      'Endereço: ‹Rua São Sebastião, 5, sala 68› - Santa',
      '‹Rodovia Carla Rezende, km 60› - Centro',
      '‹Avenida Marechal Soares, n. 40, fundos› - Cidade Nova',
      '‹Estrada Quinze de Novembro, n. 1, sala 78› -',
      'mora na ‹Av. Paulista, 1578, ap 12›.',
      'Address: ‹769 Adams Blvd, Suite 835›, Raleigh',
      'at ‹230 Sunset Rd›, Raleigh; ‹7114 Oak Ridge Pkwy #305›, Reno',
      'Address: ‹43811 4th Court›, Portland',
      'Address: ‹P.O. Box 5098›, Omaha',
      'na ‹Av. Brasil, altura do nº 238›; ‹2106 E County Road 12›; ‹626 Broadway, Unit 22›; ‹AV. DO COMÉRCIO, N° 1376›',
      'lives at ‹12 North Elm Street, Apt 4B›.',
      'mora na ‹rua das Acácias, 45›',
      'Av. capotou na ‹BR-116, km 230›, às',
      '‹Av. Beira-Mar, nº 900, bl. C›',
    ],
    negative: [
      'Quadra 60 do cemitério',
      'via oral 500 mg',
      'R. 12',
      'al. 5',
      'rua',
      '2 Way ANOVA',
      'in 12 Drive trials',
      '50 St patients',
      'quadra poliesportiva',
      'via Endovenosa',
    ],
  },
})
