import { MedtuneError } from '../../errors.js'

/** A refusal that the client may read: its status and one sentence without any file content. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

const statusOfSystemError: Readonly<Record<string, number>> = {
  ENOENT: 404,
  ENOTDIR: 404,
  EACCES: 403,
  EPERM: 403,
  EROFS: 403,
  ELOOP: 403,
  EEXIST: 409,
  ENOTEMPTY: 400,
  EISDIR: 400,
  ENAMETOOLONG: 400,
  ENOSPC: 507,
}

/** What the client is told of an error: messages of the system name paths of this machine and are replaced. */
export function describeError(error: unknown): { status: number; message: string } {
  if (error instanceof MedtuneError) {
    if (error.code === 'INVALID_NOTEBOOK' || error.code === 'INVALID_ARGUMENT')
      return { status: 400, message: error.message }
    if (error.code === 'FILE_UNWRITABLE') return describeError(error.cause)
    return { status: 500, message: error.message }
  }
  if (!(error instanceof Error)) return { status: 500, message: 'Unexpected failure of the server.' }
  const { statusCode, code } = error as Error & { statusCode?: number; code?: string }
  if (statusCode !== undefined) return { status: statusCode, message: error.message }
  const status = statusOfSystemError[code ?? '']
  if (status !== undefined) return { status, message: `The file system refuses this (${code}).` }
  return { status: 500, message: `Unexpected failure of the server (${code ?? error.name}).` }
}
