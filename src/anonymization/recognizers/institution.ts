import { findBusinesses } from '../places/find-businesses.js'
import { findInstitutions } from '../places/find-institutions.js'
import { defineRecognizer, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'

/** Named hospitals, clinics, health posts, schools and homes. */
export const institution: Recognizer<'INSTITUICAO'> = defineRecognizer({
  entity: 'INSTITUICAO',
  rules: [
    fieldRule('INSTITUICAO'),
    { kind: 'search', name: 'named', since: 'clinical', confidence: 'pattern', search: findInstitutions },
    {
      kind: 'search',
      name: 'business',
      since: 'clinical',
      confidence: 'pattern',
      search: findBusinesses,
    },
    {
      kind: 'pattern',
      name: 'childrens-or-sacred-heart',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: /Children['’]s|Sacred Heart/,
      regex:
        /(?<![\p{L}\p{N}])(?:(?:\p{Lu}\p{L}{2,15} ){1,2}Children['’]s(?! \p{L})|Children['’]s Hospital(?: of (?:the )?\p{Lu}\p{L}{2,20}(?: \p{Lu}\p{L}{2,20})?)?|\p{Lu}\p{L}{3,15} Sacred Heart)(?![\p{L}\p{N}])/gu,
    },
    {
      kind: 'pattern',
      name: 'known-abbreviation',
      since: 'clinical',
      confidence: 'dictionary',
      anchor: 'text',
      regex:
        /(?<![\p{L}\p{N}])(?:Hospital d(?:as|e) Cl[íi]nicas|HOSPITAL D(?:AS|E) CL[ÍI]NICAS|Instituto do Cora[çc][ãa]o|Instituto Nacional d[eo] C[âa]ncer|(?:St\.?|Saint) \p{Lu}\p{Ll}{2,15}['’]s(?! (?:[Ww]ort|Respiratory))|HC-?FMUSP|HCFMUSP|InCor|INCA|HC-?UFMG|HC-?UFPR|HCPA|UNICAMP|UNIFESP|USP|UFRJ|UFMG|ICESP|FMUSP|HCRP|HUPE|HUCFF|Fiocruz|AACD|GRAACC|UCLA|UCSF|MGH|NYU Langone|Mayo Clinic|Cleveland Clinic|Kaiser Permanente|Johns Hopkins|Mount Sinai|Cedars-Sinai)(?![\p{L}\p{N}])/gu,
    },
  ],
  examples: {
    positive: [
      'do ‹Hosp. Mun. José Peroba›.',
      'results from ‹Mesa Diagnostics Laboratory› were posted; ‹Prairie State Clinical Laboratory›\nPatient: A',
      'moved to June at ‹University Hospital of Spokane›, 1654 W Lincoln',
      'atendida na ‹Policlínica Central› e no ‹Posto de Saúde Central›',
      'no ‹Hospital Municipal Leandro Andrade› em 2010',
      'no ‹UPA Vila Esperança› em',
      'no ‹Maternidade Dona Benedita› em',
      "at ‹St. Jude's Hospital› on",
      'seen at ‹University of Westbrook Medical Center› on',
      'at ‹Golden Oaks Nursing Home› on',
      'at ‹Tampa General Hospital› on',
      'na ‹Santa Casa de Misericórdia de Santos›',
      '‹Clínica São Lucas›, sala 2',
      'at ‹Lewis Memorial Hospital›.',
      'na ‹UBS Jardim das Flores› e no ‹Hospital 9 de Julho›',
      "seen at ‹Bayview Urgent Care› on; a stent at ‹St. Luke's›.",
      'ao ‹Hospital das Clínicas›.',
      'aluno da ‹EMEF Monteiro Lobato›',
      'bookkeeper for ‹Harmon Feed & Seed›; na ‹Contábil Marques & Filhos›',
      'aceito pelo ‹Fisiomov Centro de Fisioterapia›. Visto no ‹CEREST Campinas›.',
      'at ‹Harborview Imaging›; from ‹Greenfield Physical Therapy›',
      'retired from ‹Zendeka Foundry›',
      '{"managingOrganization":{"display":"‹Harborview Family Care›"}}',
      'dor no ombro, visto no ‹hospital nossa senhora das dores›. mandar relatório hoje para a ubs',
    ],
    negative: [
      'Sleep Laboratory report; the Clinical Pathology Laboratory; Vascular Laboratory; Molecular Diagnostics',
      'no Hospital Universitário',
      'the hospital',
      'Hospital Day 3',
      'at the University Hospital',
      'UBS de referência',
      'Centro de Saúde',
      'Medical Center',
      'Emergency Department',
      'Instituto de Pesquisa',
      'Casa de repouso',
      'Social Work and Physical Therapy following',
      'SAMU 192 acionado; a FARMÁCIA FICOU SEM',
      'Johnson & Johnson vaccine; history & physical',
      'internado no hospital com dor, foi ao hospital ontem e voltou para casa sem melhora',
      "St. John's wort; St. George's Respiratory Questionnaire",
    ],
  },
})
