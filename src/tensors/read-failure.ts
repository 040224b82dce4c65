import { MedtuneError } from '../errors.js'

/** The error for a file that cannot be opened or read, from what the file system said. */
export function readFailure(file: string, cause: unknown): MedtuneError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
  if (code === 'ENOENT') {
    return new MedtuneError('FILE_NOT_FOUND', `${file} must exist; it does not. Check the path.`, { cause })
  }
  return new MedtuneError(
    'FILE_UNREADABLE',
    `${file} must be a readable file; reading it gave ${code}. Check what it is and its permissions.`,
    { cause },
  )
}
