import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'
import type { TextAnonymizer } from './anonymized-article.js'

/** A folder of its own for a test file, removed after its tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'medtune-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes a file with a fresh name in `folder` and returns its path. */
export function fileWith(folder: string, content: string | Buffer | object): string {
  const file = path.join(folder, `${fileCount++}.json`)
  const isRaw = typeof content === 'string' || Buffer.isBuffer(content)
  writeFileSync(file, isRaw ? content : JSON.stringify(content, null, 2))
  return file
}

let fileCount = 0

/** A raw record that breaks no rule. */
export const rawRecord: {
  QUESTION: string
  CONTEXTS: string[]
  LABELS: string[]
  MESHES: string[]
  YEAR: string
  final_decision: string
  LONG_ANSWER: string
} = {
  QUESTION: 'Is it?',
  CONTEXTS: ['One.', 'Two.'],
  LABELS: ['BACKGROUND', 'RESULTS'],
  MESHES: ['Colitis, Ulcerative', 'Child'],
  YEAR: '2011',
  final_decision: 'yes',
  LONG_ANSWER: 'It is.',
}

/** Leaves every text as it is. */
export const passThrough: TextAnonymizer = { anonymize: (text) => ({ text, counts: {} }) }
