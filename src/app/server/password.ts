import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { chmod, readFile } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomically } from '../../atomic-file.js'
import { MedtuneError } from '../../errors.js'
import { StateFolder } from './state-folder.js'

/** A guess costs 32 MB and about 0.1 s. */
const cost = { N: 2 ** 15, r: 8, p: 1 }
const keyBytes = 32
const saltBytes = 16
const maxMemoryBytes = 128 * 2 ** 20
const minLength = 8

/**
 * `scrypt:32768:8:1:<salt>:<key>`, both base64url. The password cannot be read from it.
 *
 * @throws MedtuneError INVALID_ARGUMENT for fewer than 8 characters
 * @see Percival, "Stronger key derivation via sequential memory-hard functions", 2009; RFC 7914
 */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < minLength)
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `the password must have at least ${minLength} characters; it has ${password.length}. Choose a longer one.`,
    )
  const salt = randomBytes(saltBytes)
  const key = await derive(password, salt, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join(':')
}

/** Whether this is the password; takes the same time for any wrong one. */
export async function isPassword(given: string, hash: string): Promise<boolean> {
  const parts = parseHash(hash)
  if (parts === undefined) return false
  const key = await derive(given, parts.salt, parts.cost)
  return key.length === parts.key.length && timingSafeEqual(key, parts.key)
}

/**
 * The hash of the password for `--allow-remote`: of the file that MEDTUNE_PASSWORD_FILE names (the password itself in
 * its first line, or a hash), else what `medtune notebook password` wrote.
 *
 * @returns undefined where neither is
 * @throws MedtuneError FILE_UNREADABLE, INVALID_ARGUMENT
 */
export async function readPasswordHash(
  stateFolder: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const given = env.MEDTUNE_PASSWORD_FILE
  if (given === undefined || given === '')
    return readFile(passwordFile(stateFolder), 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    )
  const text = await readFile(given, 'utf8').catch((cause) => {
    const message = `MEDTUNE_PASSWORD_FILE must name a file that can be read; ${given} cannot (${cause.code}).`
    throw new MedtuneError('FILE_UNREADABLE', message, { cause })
  })
  const [firstLine = ''] = text.split(/\r?\n/)
  return parseHash(firstLine) === undefined ? hashPassword(firstLine) : firstLine
}

/** Keeps the hash in the state folder, for its user alone. @returns the file */
export async function writePassword(stateFolder: string, password: string): Promise<string> {
  const hash = await hashPassword(password)
  await StateFolder.open(stateFolder)
  const file = passwordFile(stateFolder)
  await writeFileAtomically(file, `${hash}\n`)
  await chmod(file, 0o600)
  return file
}

function passwordFile(stateFolder: string): string {
  return path.join(stateFolder, 'password.txt')
}

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

function parseHash(hash: string): { cost: Cost; salt: Buffer; key: Buffer } | undefined {
  const [, N, r, p, salt = '', key = ''] =
    /^scrypt:(\d+):(\d+):(\d+):([\w-]{16,}):([\w-]{32,})$/.exec(hash.trim()) ?? []
  if (N === undefined) return undefined
  const fields = { cost: { N: Number(N), r: Number(r), p: Number(p) } }
  return { ...fields, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') }
}

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // One form of each character: a keyboard may send it composed or not.
    scrypt(password.normalize('NFC'), salt, keyBytes, { N, r, p, maxmem: maxMemoryBytes }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
