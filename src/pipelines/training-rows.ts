import type { InstructionExample } from '../datasets/instruction-example.js'
import type { ChatMessage } from '../tokenizers/chat-template.js'
import type { PromptTemplate } from '../tokenizers/prompt-template.js'
import type { TrainingArguments } from '../training/training-arguments.js'
import type { TrainingRow } from '../training/training-row.js'

/** An example as the trainer is given it, and as a preview shows it. */
export function toTrainingRow(
  example: InstructionExample,
  template: PromptTemplate,
  args: Partial<Pick<TrainingArguments, 'assistantOnlyLoss' | 'completionOnlyLoss'>> = {},
): TrainingRow {
  if (args.assistantOnlyLoss === true) return { messages: conversation(example) }
  const row = template.format(example)
  // The documented run learns the whole text; the loss on the answer alone is a choice.
  return args.completionOnlyLoss === true ? row : { text: row.prompt + row.completion }
}

function conversation({ instruction, input, output }: InstructionExample): ChatMessage[] {
  const system = instruction === '' ? [] : [{ role: 'system', content: instruction }]
  return [...system, { role: 'user', content: input }, { role: 'assistant', content: output }]
}
