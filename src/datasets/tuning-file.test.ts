import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { fileWith, temporaryFolder } from './datasets.fixture.js'
import { asTuningRecord, readTuningEntries, writeTuningFile } from './tuning-file.js'
import type { TuningRecord } from './tuning-record.js'

const folder = temporaryFolder()

const records: TuningRecord[] = [
  { id: '1', input: 'ação "Δψm" \\ \n\t\u0001 🫀 \u2028' },
  { id: 'b', input: '' },
]

test('the file is what JSON.stringify and json.dump write with an indent of two', async () => {
  const file = path.join(folder, 'deep/new/medical_tuning_data.json')
  expect(await writeTuningFile(file, records)).toBe(2)
  expect(readFileSync(file, 'utf8')).toBe(JSON.stringify(records, null, 2))
  expect(await writeTuningFile(file, [])).toBe(0)
  expect(readFileSync(file, 'utf8')).toBe('[]')
})

test('what was written is read again', async () => {
  const file = path.join(folder, 'again.json')
  await writeTuningFile(file, records)
  const entries = []
  for await (const entry of readTuningEntries(file)) entries.push(asTuningRecord(entry))
  expect(entries).toEqual(records)
})

test('a failure in the middle leaves the old file and nothing else', async () => {
  const file = path.join(folder, 'kept/data.json')
  mkdirSync(path.dirname(file))
  writeFileSync(file, 'old')
  function* failing(): Generator<TuningRecord> {
    for (let i = 0; i < 3; i++) yield { id: String(i), input: 'x'.repeat(1_000_000) }
    throw new Error('source failed')
  }
  await expect(writeTuningFile(file, failing())).rejects.toThrow('source failed')
  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(readdirSync(path.dirname(file))).toEqual(['data.json'])
})

test('a place that cannot be written gives FILE_UNWRITABLE', async () => {
  const file = fileWith(folder, 'a file')
  await expect(writeTuningFile(`${file}/below.json`, records)).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
  })
  const isRoot = process.getuid?.() === 0
  const locked = path.join(folder, 'locked')
  mkdirSync(locked)
  chmodSync(locked, 0o500)
  if (!isRoot) {
    await expect(writeTuningFile(`${locked}/x.json`, records)).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
    })
  }
  expect(existsSync(`${locked}/x.json`)).toBe(false)
})

test.each([[null], [1], ['x'], [[]], [{ id: 1, input: 'x' }], [{ id: 'x' }]])('%j is no record', (entry) => {
  expect(asTuningRecord(entry)).toBeUndefined()
})
