import { findAfterAddresses } from '../places/find-after-addresses.js'
import { findPlaces } from '../places/find-places.js'
import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'

/** Cities, municipalities and districts of residence, birth or care; states and countries stay. */
export const location: Recognizer<'LOCAL'> = defineRecognizer({
  entity: 'LOCAL',
  rules: [
    fieldRule('LOCAL'),
    { kind: 'search', name: 'place', since: 'clinical', confidence: 'dictionary', search: findPlaces },
    {
      kind: 'search',
      name: 'behind-street',
      since: 'clinical',
      confidence: 'dictionary',
      search: findAfterAddresses,
    },
  ],
  examples: {
    positive: [
      'em ‹Cuiabá› MT. Clearance; in ‹Baton Rouge› LA. HbA1c; Rua X, 2858 (‹Natal›), autorizo',
      'CAAE 55012319.4.0000.5505.\n‹Joinville›, 3 de abril de 2020\nnome=ANA;nasc=19850911;mun=‹Feira de Santana›;uf=BA',
      'Mãe:\tAna Cruz\tNaturalidade:\t‹Sorocaba›\tPlano:\t88; widower in ‹St. Louis›, PSA 7.1; aposentado de ‹Ituverava›, 70 anos',
      'Next of kin: Eleanor Abernathy, ‹Fort Worth›.',
      'na estrada entre ‹Cascavel› e ‹Toledo›, no dia; I will drive over to ‹Saginaw› afterwards',
      '‹Vitória›, sete de maio de dois mil e vinte e três.',
      'apto 912 - ‹Setor Bueno›, ‹Goiânia›/BA CEP',
      'sala 68 - ‹Santa Efigênia›, ‹Campinas›/PB',
      'km 60 - ‹Centro›, ‹Maceió›/SC',
      'moradora de ‹Florianópolis›, internada',
      'woman from ‹Omaha› admitted',
      'Rd, ‹Raleigh›, WA 89755',
      'natural de ‹Xambioá›, lavrador',
      '‹Porto Alegre›, dezenove de outubro de dois mil e vinte',
      '<tr><th>Município de residência</th><td>‹Oeiras›</td></tr>',
      'casa de ‹Itapecerica da Serra›. driven from ‹Morgan City› and. mayor of ‹Gallup›. through ‹Las Cruces›',
      'MUNICÍPIO: ‹BELO HORIZONTE› AIH; município ‹Ilhéus›. se mudou pra ‹Sobral› em',
      'Mountain View Hospital (‹Laredo›) accepted; Blessed Sacrament Hospital, ‹Lansing›.',
      '4 OAK ST, ‹FORT WAYNE› IN 46802',
      'the woman from ‹amarillo›, tx was brought by her niece and seen in clinic today',
      'lives in ‹Portland›. Lives in ‹Albuquerque›, NM 87102',
      'Bairro: ‹Jardim das Flores›',
      'Rua Santos Dumont, 45, bloco C, ‹Boqueirão›, ‹Praia Grande›. CEP',
      'reside em ‹São José do Rio Preto› desde',
    ],
    negative: [
      'CARCINOMA DUCTAL, grau 2 de Nottingham (3+2+2); a=1;b=2;city=;uf=SP',
      'a Lei nº 8.080/1990',
      'A coorte de Pelotas e a coorte de nascimentos de Pelotas; titrate up to Lasix; between Monday and Friday',
      'procedente de casa',
      'sinal de Hampton; Setor de Benefícios; Radiologista - CRM/ES 11178',
      'samples from Illumina kits',
      'data from Medicare',
      'residente em Cardiologia',
      'In São',
      'from January to May',
      'em Março',
      'in English',
      'natural de parto',
      'zona de transição',
      'from Brazil',
      'trabalha na Petrobras',
      'escala de Los Angeles',
    ],
  },
})
