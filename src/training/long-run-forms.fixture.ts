import type { StartedForm } from '../tensors/started-dtypes.fixture.js'
import type { TrainingArguments } from './training-arguments.js'

/** What runs are killed and watched for leaks in: each dtype, and the documented 4-bit weights with 8-bit moments. */
export const longRunForms: readonly StartedForm[] = [
  { backend: 'native', dtype: 'float32', loadIn4bit: false },
  { backend: 'native', dtype: 'bfloat16', loadIn4bit: false },
  { backend: 'native', dtype: 'bfloat16', loadIn4bit: true },
  { backend: 'wasm', dtype: 'float32', loadIn4bit: true },
]

/** The optimizer that goes with a form. */
export function optimizerOf({ loadIn4bit }: StartedForm): Pick<TrainingArguments, 'optim'> {
  return { optim: loadIn4bit ? 'adamw_8bit' : 'adamw_torch' }
}

/** As a table's cells name a form. */
export function formCells(form: StartedForm): {
  backend: string
  dtype: string
  weights: string
  optim: string
} {
  const { backend, dtype, loadIn4bit } = form
  return { backend, dtype, weights: loadIn4bit ? 'nf4' : dtype, ...optimizerOf(form) }
}
