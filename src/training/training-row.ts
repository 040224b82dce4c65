/** A row as the caller gives it: tokenized already, a whole text, or a prompt and its completion. */
export type TrainingRow =
  | { readonly inputIds: readonly number[]; readonly labels?: readonly number[] }
  | { readonly text: string }
  | { readonly prompt: string; readonly completion: string }
