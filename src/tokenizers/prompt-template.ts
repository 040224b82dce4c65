/** What a prompt is made of; `output` is absent when the answer is to be generated. */
export interface PromptFields {
  readonly instruction: string
  readonly input: string
  readonly output?: string
}

/** The two parts of a training text. Their concatenation is the text; loss may be limited to the completion. */
export interface PromptCompletion {
  /** Ends where the model is to go on. */
  readonly prompt: string
  /** '' when the fields have no output. EOS is not part of it: the trainer appends it. */
  readonly completion: string
}

export interface PromptTemplate {
  readonly name: string
  /** Texts in it that are special tokens of the models it is for. */
  readonly markers?: readonly string[]
  format(fields: PromptFields): PromptCompletion
}

const medicalPreamble =
  'Below is a medical instruction that describes a task, paired with medical context and a question. ' +
  'Write a response that appropriately completes the request based on the provided medical evidence.'

/** The Alpaca format in its medical wording: the default of `finetune` and `answerQuestion`. */
export const medicalAlpacaTemplate: PromptTemplate = {
  name: 'alpaca',
  format: ({ instruction, input, output = '' }) => ({
    prompt: `${medicalPreamble}\n\n### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:\n`,
    completion: output,
  }),
}

const chatMlMarkers = ['<|im_start|>', '<|im_end|>']

/** ChatML: the instruction as system message, the input as the user's, the output as the assistant's. */
export const chatMlTemplate: PromptTemplate = {
  name: 'chatml',
  markers: chatMlMarkers,
  format: ({ instruction, input, output }) => ({
    prompt: `${turn('system', instruction)}${turn('user', input)}<|im_start|>assistant\n`,
    completion: output === undefined ? '' : `${withoutMarkers(output, chatMlMarkers)}<|im_end|>`,
  }),
}

/** Every prompt template, by name. */
export const promptTemplates: Readonly<Record<string, PromptTemplate>> = {
  [medicalAlpacaTemplate.name]: medicalAlpacaTemplate,
  [chatMlTemplate.name]: chatMlTemplate,
}

function turn(role: string, content: string): string {
  return `<|im_start|>${role}\n${withoutMarkers(content, chatMlMarkers)}<|im_end|>\n`
}

/** A marker inside a record would end its turn and let the record speak in another role: a blank takes its force. */
export function withoutMarkers(content: string, markers: readonly string[]): string {
  return markers.reduce(
    (text, marker) => text.replaceAll(marker, `${marker.slice(0, 2)} ${marker.slice(2)}`),
    content,
  )
}

const markerForms =
  /<\|[^\s<>|]{1,60}\|>|<\/?(?:start_of_turn|end_of_turn|s|bos|eos)>|\[\/?INST\]|<<\/?SYS>>/g

/** What in a template's text looks like special tokens, each once. */
export function templateMarkers(text: string): string[] {
  return [...new Set(text.match(markerForms) ?? [])]
}
