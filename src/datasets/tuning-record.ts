import type { AnonymizedArticle } from './anonymized-article.js'

/** One entry of `medical_tuning_data.json`: a delimited text that holds context, terms, question and answer. */
export interface TuningRecord {
  readonly id: string
  readonly input: string
}

/** What a tuning record's text says, taken apart again. */
export interface TuningFields {
  /** The contexts, joined by one space. */
  readonly context: string
  /** MeSH terms joined by ", "; absent where the article had none. */
  readonly terms?: string
  readonly question: string
  readonly answer: string
}

export const medicalInstruction = 'Responda à pergunta baseando-se nos contextos fornecidos.'

const header = `INSTRUÇÃO MÉDICA: ${medicalInstruction}\n`
const sections = ['Contexto', 'Termos', 'Pergunta', 'Resposta'] as const
type Section = (typeof sections)[number]

// Delimiters inside a record's own text: `[|Contexto|]` is written `[\|Contexto|]`, and one that already has
// backslashes gets one more, so that taking one away restores every text.
const delimiterName = `(?=e?(?:${sections.join('|')})\\|\\])`
const delimiterInText = new RegExp(`\\[(\\\\*)\\|${delimiterName}`, 'g')
const neutralizedDelimiter = new RegExp(`\\[\\\\(\\\\*)\\|${delimiterName}`, 'g')

/** The record of an article; the only way from raw text to it leads through `anonymizeArticle`. */
export function toTuningRecord(article: AnonymizedArticle): TuningRecord {
  const fields = {
    context: article.contexts.join(' '),
    ...(article.meshes.length > 0 ? { terms: article.meshes.join(', ') } : {}),
    question: article.question,
    answer: article.longAnswer,
  }
  return { id: article.id, input: formatTuningInput(fields) }
}

/** The documented text. Delimiters that occur in a field are neutralized with a backslash. */
export function formatTuningInput(fields: TuningFields): string {
  const { context, terms, question, answer } = fields
  const termLine = terms === undefined ? '' : `${enclose('Termos', ` ${terms}`)}\n`
  return `${header}${enclose('Contexto', ` ${context}`)}\n${termLine}${enclose('Pergunta', ` ${question}`)}\n\n${enclose('Resposta', answer)}`
}

/** The exact inverse of `formatTuningInput`; undefined for a text that it did not make. */
export function parseTuningInput(input: string): TuningFields | undefined {
  const context = sectionOf(input, 'Contexto')
  const terms = sectionOf(input, 'Termos')
  const question = sectionOf(input, 'Pergunta')
  const answer = sectionOf(input, 'Resposta')
  if (context === undefined || question === undefined || answer === undefined) return undefined
  const fields = { context, ...(terms === undefined ? {} : { terms }), question, answer }
  return formatTuningInput(fields) === input ? fields : undefined
}

/** The text of one section, or undefined where its delimiters are not there in order. */
export function sectionOf(input: string, section: Section): string | undefined {
  const opening = section === 'Resposta' ? `[|${section}|]` : `[|${section}|] `
  const start = input.indexOf(opening)
  if (start < 0) return undefined
  const end = input.indexOf(`[|e${section}|]`, start + opening.length)
  if (end < 0) return undefined
  return input.slice(start + opening.length, end).replace(neutralizedDelimiter, '[$1|')
}

function enclose(section: Section, text: string): string {
  return `[|${section}|]${text.replace(delimiterInText, '[\\$1|')}[|e${section}|]`
}
