import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Benchmark, BenchmarkRow } from '../app/bench/benchmark.fixture.js'
import { measureCases } from '../app/bench/measure-cases.fixture.js'
import { testData } from '../test-data.fixture.js'
import { Anonymizer } from './anonymizer.js'
import { type GeneratedText, generateTexts } from './evaluation/generator.fixture.js'
import { score } from './evaluation/score.fixture.js'
import { type ProfileName, profileNames } from './profiles.js'

const percent = (share: number): string => (100 * share).toFixed(2)
const wordsOf = (texts: readonly string[]): number =>
  texts.reduce((total, text) => total + text.split(/\s+/).length, 0)

/** Words per second of one thread, and what was found of generated records. */
function measure(profile: ProfileName, what: string, texts: readonly GeneratedText[]): BenchmarkRow {
  const anonymizer = new Anonymizer({ profile })
  for (const { text } of texts.slice(0, 200)) anonymizer.anonymize(text)
  const startedAtMs = performance.now()
  const found = texts.map(({ text }) => anonymizer.anonymize(text).spans)
  const seconds = (performance.now() - startedAtMs) / 1000
  return { what: `medtune, ${profile}, ${what}`, ...figures(texts, seconds, found) }
}

type Found = readonly { readonly start: number; readonly end: number }[]

function figures(
  texts: readonly GeneratedText[],
  seconds: number,
  found: readonly Found[],
): Omit<BenchmarkRow, 'what'> {
  const wordsPerSecond = Math.round(wordsOf(texts.map(({ text }) => text)) / seconds)
  if (texts.every(({ spans }) => spans.length === 0)) return { wordsPerSecond }
  const { fullRecall, precision } = score(
    texts.map(({ text, spans }, index) => ({ text, gold: spans, found: found[index] ?? [] })),
  )
  return { wordsPerSecond, recallPercent: percent(fullRecall), precisionPercent: percent(precision) }
}

/** The same records through the Python peers, in the same run. */
function measurePeers(python: string, texts: readonly GeneratedText[]): BenchmarkRow[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'medtune-peers-'))
  try {
    const file = path.join(folder, 'records.jsonl')
    writeFileSync(file, texts.map(({ text }, id) => JSON.stringify({ id, text })).join('\n'))
    const script = fileURLToPath(new URL('./evaluation/peers.fixture.py', import.meta.url))
    const { stdout } = spawnSync(python, [script, file], { encoding: 'utf8', maxBuffer: 1 << 28 })
    const results: Record<string, { seconds: number; spans: Found[] }> = JSON.parse(
      stdout.trim().split('\n').at(-1) ?? '{}',
    )
    return Object.entries(results).map(([what, { seconds, spans }]) => ({
      what,
      ...figures(texts, seconds, spans),
    }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function abstracts(): GeneratedText[] {
  const file = testData('data/ori_pqal.json')
  if (file === undefined) return []
  const articles: Record<string, { CONTEXTS: string[] }> = JSON.parse(readFileSync(file, 'utf8'))
  return Object.values(articles).map(({ CONTEXTS }) => ({ text: CONTEXTS.join(' '), spans: [] }))
}

/** Worst inputs of 100,000 characters. */
function measurePathological(): BenchmarkRow {
  const anonymizer = new Anonymizer({ profile: 'clinical' })
  const fillers = [
    ' ',
    '1',
    'A',
    '.',
    '@',
    '-',
    '1 ',
    '1.',
    'A.',
    'Ana ',
    'Ana e ',
    'Rua A ',
    'a@',
    '1:',
    '\n',
    'São Paulo, ',
    '+(',
  ]
  const milliseconds = fillers.map((filler) => {
    const text = filler.repeat(Math.ceil(100_000 / filler.length))
    const startedAtMs = performance.now()
    anonymizer.anonymize(text)
    return performance.now() - startedAtMs
  })
  return {
    what: `worst of ${fillers.length} pathological texts of 100,000 characters`,
    milliseconds: Math.round(Math.max(...milliseconds)),
  }
}

export const benchmark: Benchmark = {
  name: 'anonymize',
  suite: 'cpu',
  description: 'Words per second of one thread, recall and precision, beside plain patterns and Presidio',
  run({ python, quick }) {
    const texts = { records: generateTexts(quick ? 200 : 4000, 'bench'), abstracts: quick ? [] : abstracts() }
    const profiles = (['records', 'abstracts'] as const).flatMap((kind) =>
      texts[kind].length === 0
        ? []
        : profileNames.map((profile) => ({
            what: `${profile}, ${kind}`,
            measure: async () => measure(profile, kind, texts[kind]),
          })),
    )
    const peers = { what: 'the Python peers', measure: async () => measurePeers(python ?? '', texts.records) }
    const worst = { what: 'worst inputs', measure: async () => measurePathological() }
    return measureCases([...profiles, ...(python === undefined ? [] : [peers]), worst])
  },
}
