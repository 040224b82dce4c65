import type { ChatMessage } from '../tokenizers/chat-template.js'

/** A row as the caller gives it: tokenized already, a whole text, a prompt and its completion, or a conversation. */
export type TrainingRow =
  | { readonly inputIds: readonly number[]; readonly labels?: readonly number[] }
  | { readonly text: string }
  | { readonly messages: readonly ChatMessage[] }
  | { readonly prompt: string; readonly completion: string }
