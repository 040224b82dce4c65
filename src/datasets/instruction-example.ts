import { medicalInstruction, type TuningFields } from './tuning-record.js'

/** One training example in the Alpaca form. https://github.com/tatsu-lab/stanford_alpaca */
export interface InstructionExample {
  readonly instruction: string
  readonly input: string
  readonly output: string
}

/** `Contexto: …\nTermos técnicos: …\nPergunta: …` asked, the article's conclusion answered. */
export function toInstructionExample(fields: TuningFields): InstructionExample {
  const { context, terms, question, answer } = fields
  return {
    instruction: medicalInstruction,
    input: formatQuestion({ context, ...(terms === undefined ? {} : { terms }), question }),
    output: answer,
  }
}

/** The `input` of an example, for asking a trained model in the words it was trained on. */
export function formatQuestion(fields: Omit<TuningFields, 'answer'>): string {
  const termLine = fields.terms === undefined ? '' : `Termos técnicos: ${fields.terms}\n`
  return `Contexto: ${fields.context}\n${termLine}Pergunta: ${fields.question}`
}
