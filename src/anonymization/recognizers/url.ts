import { defineRecognizer, type Recognizer } from '../recognizer.js'

const trailing = '(?<![.,;:!?)\\]}\'"»›])'
const rest = `[^\\s"<>«»‹›\\[\\]]`

function isPersonal(value: string): boolean {
  return !/^(?:https?:\/\/)?(?:www\.|dx\.)?(?:doi\.org|clinicaltrials\.gov|(?:pubmed\.|www\.)?ncbi\.nlm\.nih\.gov|pubmed\.gov|who\.int|cdc\.gov|fda\.gov|[a-z.]{0,20}nih\.gov|links\.lww\.com|anvisa\.gov\.br|gov\.br\/saude|scielo\.br)(?:\/|$)/i.test(
    value,
  )
}

/** Web addresses; those of registries, publishers and authorities stay. */
export const url: Recognizer<'URL'> = defineRecognizer({
  entity: 'URL',
  rules: [
    {
      kind: 'pattern',
      name: 'scheme',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: '://',
      regex: new RegExp(`(?<![\\p{L}\\p{N}])(?:https?|ftp)://${rest}{2,400}${trailing}`, 'giu'),
      accept: isPersonal,
    },
    {
      kind: 'pattern',
      name: 'www',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: 'www.',
      regex: new RegExp(`(?<![\\p{L}\\p{N}/.@])www\\.${rest}{3,400}${trailing}`, 'giu'),
      accept: isPersonal,
    },
    {
      kind: 'pattern',
      name: 'domain-and-path',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: '/',
      regex: new RegExp(
        `(?<![\\p{L}\\p{N}/.@-]|[\\p{L}\\p{N}]_)(?:[\\p{L}\\p{N}-]{1,40}\\.){1,4}(?:com|org|net|br|gov|edu|io|me|info|uk|us|pt|app|dev|ly|co)(?:\\.[a-z]{2})?/${rest}{1,300}${trailing}`,
        'giu',
      ),
      accept: isPersonal,
    },
  ],
  examples: {
    positive: [
      'web page: ____‹linkedin.com/in/otavio-nogueira-5b35ba›',
      'laudo em ‹https://simoneborges.blogspot.com/2021/relato.html›.',
      'em ‹www.instagram.com/carlasoares›.',
      'laudo em ‹linkedin.com/in/brunocastro›.',
      '‹https://portal.saudeviva.com.br/paciente/862366?token=71160070›',
      'at ‹http://carolfoster.me/›.',
    ],
    negative: [
      'https://doi.org/10.1001/jama.2019.1',
      'https://clinicaltrials.gov/ct2/show/NCT01',
      'mg/dL, e.g. a/b, 1.5/2.5',
      'Node.js',
    ],
  },
})
