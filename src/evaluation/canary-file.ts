import { readFile } from 'node:fs/promises'
import { writeFileAtomically } from '../atomic-file.js'
import { MedtuneError } from '../errors.js'
import type { Canary, CanaryList } from './canaries.js'

/** Name of the list beside an adapter. */
export const canaryFile = 'canaries.json'

const version = 1

/** @throws FILE_UNWRITABLE */
export async function writeCanaryFile(file: string, { seed, repeats, canaries }: CanaryList): Promise<void> {
  const content = { version, seed, repeats, canaries }
  await writeFileAtomically(file, `${JSON.stringify(content, null, 2)}\n`)
}

/** @throws FILE_NOT_FOUND; INVALID_DATASET for a file that `writeCanaryFile` did not write */
export async function readCanaryFile(file: string): Promise<CanaryList> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new MedtuneError(
      'FILE_NOT_FOUND',
      `${file} must be a list of canaries; it cannot be read. medtune train --canaries writes one beside the adapter.`,
      { cause },
    )
  })
  const list = parse(text)
  if (list !== undefined) return list
  throw new MedtuneError(
    'INVALID_DATASET',
    `${file} must be the list that medtune train --canaries writes (version ${version}); it is not. Take the one beside the adapter.`,
  )
}

function parse(text: string): CanaryList | undefined {
  let json: Partial<CanaryList> & { readonly version?: unknown }
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  const { seed, repeats, canaries } = json ?? {}
  const isList = Array.isArray(canaries) && canaries.length > 0 && canaries.every(isCanary)
  if (json?.version !== version || !isList) return undefined
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(repeats)) return undefined
  return { seed: seed ?? 0, repeats: repeats ?? 1, canaries }
}

function isCanary(value: unknown): value is Canary {
  const { prompt, secret } = (value ?? {}) as Partial<Canary>
  return typeof prompt === 'string' && prompt !== '' && /^\d{1,6}$/.test(secret ?? '')
}
