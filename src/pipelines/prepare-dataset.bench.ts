import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Benchmark, BenchmarkRow } from '../app/bench/benchmark.fixture.js'
import { type BenchmarkCase, measureCases } from '../app/bench/measure-cases.fixture.js'
import { sampleDatasetFile } from '../datasets/default-dataset.js'
import { repositoryRoot, testData } from '../test-data.fixture.js'
import { preparationStages, prepareDataset } from './prepare-dataset.js'

/** Seconds and megabytes of input per second. */
function row(what: string, sizeBytes: number, startedAtMs: number): BenchmarkRow {
  const seconds = (performance.now() - startedAtMs) / 1000
  return {
    what,
    seconds: Number(seconds.toFixed(3)),
    megabytesPerSecond: Number((sizeBytes / 1e6 / seconds).toFixed(2)),
  }
}

export const benchmark: Benchmark = {
  name: 'prepare',
  suite: 'cpu',
  description: 'PubMedQA (else the sample) → anonymized, validated, formatted; MB of raw data per second',
  async *run({ quick }) {
    const input = (quick ? undefined : testData('data/ori_pqal.json')) ?? sampleDatasetFile
    const sizeBytes = statSync(input).size
    const outputDir = mkdtempSync(path.join(tmpdir(), 'medtune-bench-'))
    try {
      const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
      spawnSync(process.execPath, [bin, '--build-only'])
      const whole: BenchmarkCase = {
        what: 'medtune prepare --all, process start included',
        async measure() {
          const startedAtMs = performance.now()
          spawnSync(process.execPath, [bin, 'prepare', '--input', input, '--output-dir', outputDir])
          return row(this.what, sizeBytes, startedAtMs)
        },
      }
      const stages = ['first', 'warm'].flatMap((round) =>
        preparationStages.map(
          (stage): BenchmarkCase => ({
            what: `${stage}, ${round}`,
            async measure() {
              const startedAtMs = performance.now()
              await prepareDataset({ input, outputDir, includeTestSplit: true, stages: [stage] })
              return row(this.what, sizeBytes, startedAtMs)
            },
          }),
        ),
      )
      yield* measureCases([whole, ...stages])
      yield {
        what: 'all stages in one process',
        peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
      }
    } finally {
      rmSync(outputDir, { recursive: true, force: true })
    }
  },
}
