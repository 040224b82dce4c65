import { formatQuestion } from '../datasets/instruction-example.js'
import { medicalInstruction } from '../datasets/tuning-record.js'
import { type GenerateOptions, generate } from '../generation/generate.js'
import { TextStreamer } from '../generation/text-streamer.js'
import type { CausalLM } from '../models/causal-lm.js'
import { encodePrompt } from '../tokenizers/encode-prompt.js'
import { medicalAlpacaTemplate, type PromptTemplate } from '../tokenizers/prompt-template.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'

/** The documented way to ask: sampled, at most 256 tokens. */
export const answerGeneration = { maxNewTokens: 256, doSample: true, temperature: 0.7, topP: 0.9, topK: 50 }

export interface Question {
  readonly question: string
  /** The evidence to answer from. */
  readonly context: string
  /** MeSH terms, joined by ", ". */
  readonly terms?: string
}

export interface AnswerOptions {
  readonly model: CausalLM
  readonly tokenizer: Tokenizer
  /** Default: the medical Alpaca prompt; use the one the adapter was trained with. */
  readonly template?: PromptTemplate
  /** Over `answerGeneration`. */
  readonly generation?: Omit<GenerateOptions, 'streamer' | 'signal'>
  /** Receives the answer while it is generated. */
  readonly onText?: (text: string) => void
  readonly signal?: AbortSignal | undefined
}

export interface Answer {
  readonly text: string
  /** Tokens generated, the end-of-sequence token included. */
  readonly tokens: number
  readonly seconds: number
}

/**
 * Asks a model in the words it was trained on, and streams the answer.
 *
 * @throws MedtuneError as `generate`
 */
export async function answerQuestion(question: Question, options: AnswerOptions): Promise<Answer> {
  const { model, tokenizer, template = medicalAlpacaTemplate, signal } = options
  const { prompt } = template.format({ instruction: medicalInstruction, input: formatQuestion(question) })
  const startedAt = performance.now()
  const ids = await generate(model, encodePrompt(tokenizer, prompt), {
    ...answerGeneration,
    ...options.generation,
    streamer: new TextStreamer(tokenizer, (text) => options.onText?.(text)),
    signal,
  })
  const text = tokenizer.decode(ids, { skipSpecialTokens: true })
  return { text, tokens: ids.length, seconds: (performance.now() - startedAt) / 1000 }
}
