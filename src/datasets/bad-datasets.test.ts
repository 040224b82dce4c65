import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { MedtuneError } from '../errors.js'
import { fileWith, passThrough, rawRecord, temporaryFolder } from './datasets.fixture.js'
import { formatDataset } from './format-dataset.js'
import { loadFormattedDataset } from './load-formatted-dataset.js'
import { preprocessDataset } from './preprocess.js'
import { validateTuningFile } from './validation.js'

const folder = temporaryFolder()
const canary = 'zq canary zq'
const output = path.join(folder, 'medical_tuning_data.json')

const textOf = (field: string): string => `${field} ${canary} ${'ação '.repeat(20)}`
const record = {
  ...rawRecord,
  QUESTION: textOf('question'),
  CONTEXTS: [textOf('one'), textOf('two')],
  MESHES: [textOf('mesh')],
  LONG_ANSWER: textOf('answer'),
}
const recordCount = 6
const good = Buffer.from(
  JSON.stringify(
    Object.fromEntries(Array.from({ length: recordCount }, (_, i) => [`r${i}`, record])),
    null,
    2,
  ),
)

/** Deterministic, so that a failing mutation can be run again. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1103515245 + 12345) % 2 ** 31
    yield state
  }
}

function* mutations(): Generator<[string, Buffer]> {
  const random = randomNumbers(3407)
  const position = (): number => random.next().value % good.length
  for (let i = 0; i < 25; i++) {
    const at = position()
    yield [`cut at byte ${at}`, good.subarray(0, at)]
  }
  for (let i = 0; i < 40; i++) {
    const at = position()
    const bit = random.next().value % 8
    const bytes = Buffer.from(good)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
    yield [`bit ${bit} of byte ${at} flipped`, bytes]
  }
  for (let i = 0; i < 15; i++) {
    const [at, size] = [position(), 1 + (random.next().value % 60)]
    yield [`${size} bytes at ${at} missing`, Buffer.concat([good.subarray(0, at), good.subarray(at + size)])]
    yield [
      `0xFF at ${at}`,
      Buffer.concat([good.subarray(0, at), Buffer.from([0xff, 0xfe]), good.subarray(at)]),
    ]
  }
  const structure = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a, 0x00, 0x0a]
  for (const byte of structure) {
    const at = position()
    yield [
      `byte ${byte} put in at ${at}`,
      Buffer.concat([good.subarray(0, at), Buffer.from([byte]), good.subarray(at)]),
    ]
    const first = good.indexOf(byte)
    if (first >= 0) {
      yield [`first byte ${byte} missing`, Buffer.concat([good.subarray(0, first), good.subarray(first + 1)])]
    }
  }
}

const mutants = [...mutations()]

/** What a user could see of a failure. */
function visible(error: unknown): string {
  const inner = error instanceof Error && error.cause !== undefined ? visible(error.cause) : ''
  return error instanceof Error ? `${error.message} ${error.stack} ${inner}` : String(error)
}

test('there are enough mutants', () => {
  expect(mutants.length).toBeGreaterThan(100)
})

test.each(mutants)('raw dataset, %s: a code or a report, no text of the file', async (_, bytes) => {
  const input = fileWith(folder, bytes)
  try {
    const report = await preprocessDataset({ input, output, anonymizer: passThrough })
    const written: { input: string }[] = JSON.parse(readFileSync(output, 'utf8'))
    expect(written.length).toBe(report.written)
    // Nothing is lost in silence: a record is written or accounted for, unless damage made it part of another one.
    if (report.rejected === 0) expect(report.written).toBe(recordCount)
    expect(JSON.stringify(report)).not.toContain(canary)
  } catch (error) {
    expect(error).toBeInstanceOf(MedtuneError)
    expect(error).toMatchObject({ code: 'INVALID_DATASET' })
    expect(visible(error)).not.toContain(canary)
  }
})

test.each([
  ['empty', ''],
  ['null', 'null'],
  ['a number', '5'],
  ['an empty object', {}],
  ['a list', [record]],
  ['records that are texts', { r0: textOf('a'), r1: textOf('b') }],
  ['one record without its id', record],
  ['records in a wrapper', { data: { r0: record } }],
  ['columns', { QUESTION: { r0: textOf('q') }, CONTEXTS: { r0: [textOf('c')] } }],
  ['JSON lines', `${JSON.stringify({ r0: record })}\n${JSON.stringify({ r1: record })}\n`],
  ['CSV', `id,question\n1,${textOf('q')}\n`],
  ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
  ['gzip', Buffer.from('1f8b0800000000000003', 'hex')],
  ['UTF-16', Buffer.from(`\uFEFF${good.toString()}`, 'utf16le')],
  ['Latin-1', Buffer.from(good.toString(), 'latin1')],
])('raw dataset that is %s gives INVALID_DATASET and writes nothing', async (_, content) => {
  const fresh = path.join(temporary(), 'out.json')
  const error: unknown = await preprocessDataset({
    input: fileWith(folder, content),
    output: fresh,
    anonymizer: passThrough,
  }).catch((cause: unknown) => cause)
  expect(error).toMatchObject({ code: 'INVALID_DATASET' })
  expect(visible(error)).not.toContain(canary)
  expect(() => readFileSync(fresh)).toThrow('ENOENT')
})

test('damaged tuning and training files: a code or a report, no text of the file', async () => {
  await preprocessDataset({ input: fileWith(folder, good), output, anonymizer: passThrough })
  const tuning = readFileSync(output)
  const random = randomNumbers(7)
  for (let i = 0; i < 60; i++) {
    const at = random.next().value % tuning.length
    const bytes = i % 2 === 0 ? Buffer.from(tuning) : tuning.subarray(0, at)
    if (i % 2 === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << (random.next().value % 8))
    const input = fileWith(folder, bytes)
    for (const read of [
      () => validateTuningFile(input),
      () =>
        formatDataset({
          input,
          output: path.join(folder, 'f.json'),
          layout: 'rows',
          includeTestSplit: false,
        }),
      () => loadFormattedDataset(input),
    ]) {
      const outcome: unknown = await read().catch((cause: unknown) => cause)
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'INVALID_DATASET' })
      expect(outcome instanceof Error ? visible(outcome) : JSON.stringify(outcome)).not.toContain(canary)
    }
  }
})

function temporary(): string {
  return path.join(folder, String(freshCount++))
}

let freshCount = 0
