import { rmSync } from 'node:fs'
import type { Benchmark, BenchmarkRow } from '../../../app/bench/benchmark.fixture.js'
import { cudaTensorFlowCache } from '../../../test-data.fixture.js'
import { startPretendedCard, trainOnPretendedCard } from './pretended-card/start-pretended-card.fixture.js'

/** Three ways to run a layer on a card; the last compiles forward and backward for compute capability 9.0 with ptxas. */
const roads: readonly { readonly road: string; readonly environment: Record<string, string> }[] = [
  { road: 'operations one by one', environment: { MEDTUNE_TRACE: '0' } },
  { road: 'recorded functions', environment: {} },
  { road: 'recorded functions, XLA', environment: { MEDTUNE_XLA: '1' } },
]

export const benchmark: Benchmark = {
  name: 'card-placement',
  suite: 'gpu',
  description:
    'kernels started and bytes moved per training step of a small model, on a card that only pretends (MEDTUNE_CUDA_CACHE=FOLDER)',
  run: async () => {
    if (cudaTensorFlowCache === undefined) {
      return [{ leftOut: "TensorFlow's CUDA build: set MEDTUNE_CUDA_CACHE to a folder for it (1.3 GB)" }]
    }
    process.env.XDG_CACHE_HOME = cudaTensorFlowCache
    const card = await startPretendedCard((name, value) => {
      process.env[name] = value
    })
    try {
      const rows: BenchmarkRow[] = []
      for (const { road, environment } of roads) {
        const startedMs = performance.now()
        const { steps } = await trainOnPretendedCard(card, environment)
        const last = steps.at(-1) ?? { launches: Number.NaN, toDevice: Number.NaN, toHost: Number.NaN }
        rows.push({
          ...{ road, kernelsPerStep: last.launches },
          ...{ bytesToCardPerStep: last.toDevice, bytesToHostPerStep: last.toHost },
          secondsWithCompilation: Math.round((performance.now() - startedMs) / 100) / 10,
        })
      }
      return rows
    } finally {
      rmSync(card, { recursive: true, force: true })
    }
  },
}
