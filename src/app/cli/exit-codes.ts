import { MedtuneError, type MedtuneErrorCode } from '../../errors.js'

/** Exit codes of the command line. Scripts branch on them; a number is never given a new meaning. */
export const exitCodes = {
  ok: 0,
  /** The work was done and its result is not good enough (validation below 95 %, a failed check). */
  failed: 1,
  /** Wrong option, value or config file. */
  usage: 2,
  /** A file or model that is not there, or cannot be read or written. */
  file: 3,
  /** A file that is there and is not what it should be. */
  invalidInput: 4,
  /** Something the machine lacks: backend, network, compiler, kernel. */
  environment: 5,
  outOfMemory: 6,
  /** Training or a notebook cell failed. */
  job: 7,
  /** A defect of medtune. */
  internal: 70,
  /** Ctrl-C or SIGTERM. */
  interrupted: 130,
} as const

const exitCodeByErrorCode: Record<MedtuneErrorCode, number> = {
  INVALID_ARGUMENT: exitCodes.usage,
  INVALID_CONFIG: exitCodes.usage,
  FILE_NOT_FOUND: exitCodes.file,
  FILE_UNREADABLE: exitCodes.file,
  FILE_UNWRITABLE: exitCodes.file,
  MODEL_NOT_FOUND: exitCodes.file,
  INVALID_DATASET: exitCodes.invalidInput,
  INVALID_SAFETENSORS: exitCodes.invalidInput,
  INVALID_TOKENIZER: exitCodes.invalidInput,
  INVALID_ADAPTER: exitCodes.invalidInput,
  INVALID_CHECKPOINT: exitCodes.invalidInput,
  INVALID_NOTEBOOK: exitCodes.invalidInput,
  UNSUPPORTED_MODEL: exitCodes.invalidInput,
  BACKEND_UNAVAILABLE: exitCodes.environment,
  NETWORK: exitCodes.environment,
  ACCESS_DENIED: exitCodes.environment,
  SETUP_FAILED: exitCodes.environment,
  KERNEL_FAILED: exitCodes.environment,
  OUT_OF_MEMORY: exitCodes.outOfMemory,
  TRAINING_FAILED: exitCodes.job,
  CELL_FAILED: exitCodes.job,
  INTERRUPTED: exitCodes.interrupted,
  INTERNAL: exitCodes.internal,
}

/** The exit code for a thrown value; anything that is not a MedtuneError is a defect of medtune. */
export function exitCodeOf(error: unknown): number {
  return error instanceof MedtuneError ? exitCodeByErrorCode[error.code] : exitCodes.internal
}
