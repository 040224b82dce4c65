import { MedtuneError } from '../../errors.js'

/** The largest upload or notebook in one request. */
export const maxBodyBytes: number = 256 * 2 ** 20

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
  EDQUOT: 507,
  EFBIG: 507,
  EMFILE: 503,
  ENFILE: 503,
}

const sentenceOfSystemError: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full (ENOSPC): free some space and save again. The file is as it was.',
  EDQUOT: 'Your share of the disk is full (EDQUOT): free some space and save again. The file is as it was.',
  EFBIG: 'The file is too large for this disk or user (EFBIG). The file is as it was.',
  EACCES: 'You may not do this here (EACCES): the file or folder belongs to another user or is read-only.',
  EROFS: 'This folder is read-only (EROFS): save a copy elsewhere.',
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
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return {
      status: 413,
      message: `One request may bring ${maxBodyBytes / 2 ** 20} MB; upload the file in parts.`,
    }
  if (statusCode !== undefined) return { status: statusCode, message: error.message }
  const status = statusOfSystemError[code ?? '']
  if (status !== undefined) {
    const message = sentenceOfSystemError[code ?? ''] ?? `The file system refuses this (${code}).`
    return { status, message }
  }
  return { status: 500, message: `Unexpected failure of the server (${code ?? error.name}).` }
}
