/**
 * Every failure a user can cause or meet has one of these codes; scripts branch on them, messages explain them.
 * A code is never renamed. Exit codes of the command line follow from them (`app/cli/exit-codes.ts`).
 */
export type MedtuneErrorCode =
  | 'INVALID_ARGUMENT' // a value the caller chose breaks a rule
  | 'FILE_NOT_FOUND'
  | 'FILE_UNREADABLE' // permission, folder where a file is expected, I/O error
  | 'FILE_UNWRITABLE' // disk full, read-only, missing permission
  | 'INVALID_DATASET' // a dataset file that does not have the promised schema
  | 'INVALID_CONFIG' // config.json, adapter_config.json, --config
  | 'INVALID_SAFETENSORS'
  | 'INVALID_TOKENIZER'
  | 'INVALID_ADAPTER'
  | 'INVALID_CHECKPOINT' // damaged, incomplete, or of another version
  | 'INVALID_NOTEBOOK'
  | 'MODEL_NOT_FOUND'
  | 'ACCESS_DENIED' // a model that wants a token, or its conditions accepted
  | 'UNSUPPORTED_MODEL' // a model_type or a config key that changes the mathematics and is not implemented
  | 'BACKEND_UNAVAILABLE'
  | 'OUT_OF_MEMORY'
  | 'NETWORK' // fetch failed, wrong bytes
  | 'SETUP_FAILED'
  | 'KERNEL_FAILED' // a kernel that does not start, dies or does not answer
  | 'CELL_FAILED' // a notebook cell raised
  | 'TRAINING_FAILED' // NaN loss, no trainable tokens
  | 'INTERRUPTED'
  | 'INTERNAL'

/** An error with a stable `code` and a message of the form: subject, rule, value received; what to do. */
export class MedtuneError extends Error {
  override readonly name = 'MedtuneError'
  readonly code: MedtuneErrorCode

  constructor(code: MedtuneErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
