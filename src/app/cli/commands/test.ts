import { createInterface } from 'node:readline/promises'
import { type AnswerOptions, answerQuestion } from '../../../pipelines/answer-question.js'
import { exampleQuestions } from '../../../pipelines/example-questions.js'
import { loadTrainedModel } from '../../../pipelines/load-trained-model.js'
import { useBackend } from '../../../tensors/backend.js'
import { findPromptTemplate } from '../../../tokenizers/prompt-template-file.js'
import { backendOption } from '../backend-option.js'
import { type Command, defineCommand } from '../command.js'
import { dtypeOption } from '../dtype-option.js'
import { exitCodes } from '../exit-codes.js'
import { fourBitOption } from '../four-bit-option.js'
import { hubProgress } from '../hub-progress.js'
import { loadProgress } from '../load-progress.js'
import type { Output } from '../output.js'

export const testCommand: Command = defineCommand({
  name: 'test',
  description: 'Ask a trained model: three examples, or your own questions.',
  usage: 'test',
  options: {
    modelPath: {
      type: 'string',
      valueName: 'DIR',
      default: 'lora_model_medical',
      description: 'Adapter that medtune train wrote, or a whole model; a folder or a hub repository.',
    },
    mode: {
      type: 'string',
      choices: ['examples', 'interactive'],
      default: 'examples',
      description: 'What to ask.',
    },
    baseModel: {
      type: 'string',
      valueName: 'DIR',
      description: 'Base model (default: what the adapter names).',
    },
    promptTemplate: {
      type: 'string',
      valueName: 'NAME|FILE',
      default: 'alpaca',
      description: 'The one it was trained with.',
    },
    maxNewTokens: { type: 'integer', default: 256, description: 'Longest answer.' },
    temperature: { type: 'number', default: 0.7, description: 'Below 1 safer, above 1 more varied.' },
    topP: { type: 'number', default: 0.9, description: 'Sample from this share of the probability.' },
    topK: { type: 'integer', default: 50, description: 'Sample from so many tokens; 0 for all.' },
    repetitionPenalty: { type: 'number', default: 1, description: 'Above 1 repeats less.' },
    greedy: { type: 'boolean', default: false, description: 'Always the most probable token.' },
    seed: { type: 'integer', default: 3407, description: 'Seed of the sampling.' },
    ...dtypeOption,
    ...fourBitOption,
    ...backendOption,
  },
  examples: [
    { command: 'medtune test --model-path lora_model_medical', does: 'Answers the three examples.' },
    {
      command: 'medtune test --mode interactive --greedy',
      does: 'Asks for a context and a question, again and again.',
    },
  ],
  async run({ values, output, signal }) {
    const { name, threads, detail } = await useBackend(values.backend)
    output.print(`Backend ${name}: ${detail}, ${threads} threads`)
    const { model, tokenizer } = await loadTrainedModel(values.modelPath, {
      baseModel: values.baseModel,
      dtype: values.dtype,
      loadIn4bit: values.loadIn4bit,
      hub: { ...hubProgress(output), signal },
      ...loadProgress(output),
    })
    const { maxNewTokens, temperature, topP, topK, repetitionPenalty, seed, greedy } = values
    const template = await findPromptTemplate(values.promptTemplate)
    const options: AnswerOptions = {
      ...{ model, tokenizer, signal },
      generation: { maxNewTokens, temperature, topP, topK, repetitionPenalty, seed, doSample: !greedy },
      template,
    }
    try {
      if (values.mode === 'interactive') await askInteractively(options, output)
      else
        output.result({
          modelPath: values.modelPath,
          backend: name,
          answers: await askExamples(options, output),
        })
      return exitCodes.ok
    } finally {
      model.dispose()
    }
  },
})

async function askExamples(
  options: AnswerOptions,
  output: Output,
): Promise<{ question: string; answer: string; tokens: number; seconds: number }[]> {
  const answers = []
  for (const [i, question] of exampleQuestions.entries()) {
    output.print(`\nExample ${i + 1} of ${exampleQuestions.length}`)
    answers.push({ question: question.question, ...(await ask(question, options, output)) })
  }
  return answers
}

async function ask(
  question: { question: string; context: string },
  options: AnswerOptions,
  output: Output,
): Promise<{ answer: string; tokens: number; seconds: number }> {
  output.print(`Question: ${question.question}`)
  output.write('Answer: ')
  const { text, tokens, seconds } = await answerQuestion(question, {
    ...options,
    onText: (piece) => output.write(piece),
  })
  output.print(`\n(${tokens} tokens, ${(tokens / seconds).toFixed(1)} per second)`)
  return { answer: text, tokens, seconds }
}

/** Until an empty question or the end of the input. */
async function askInteractively(options: AnswerOptions, output: Output): Promise<void> {
  const prompt = createInterface({
    input: process.stdin,
    output: process.stderr,
    terminal: process.stdin.isTTY === true,
  })
  output.print('Give a context and a question. An empty question ends.')
  const lines = prompt[Symbol.asyncIterator]()
  const read = async (label: string): Promise<string> => {
    process.stderr.write(label)
    const { value, done } = await lines.next()
    return done === true ? '' : value.trim()
  }
  options.signal?.addEventListener('abort', () => prompt.close())
  try {
    for (;;) {
      const context = await read('Context (may be empty): ')
      const question = await read('Question: ')
      if (question === '') return
      await ask({ context, question }, options, output)
    }
  } finally {
    prompt.close()
  }
}
