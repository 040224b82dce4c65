import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Benchmark, runJson } from '../../../app/bench/benchmark.fixture.js'
import { type BenchmarkCase, measureCases } from '../../../app/bench/measure-cases.fixture.js'
import { syntheticShapes, writeSyntheticCheckpoint } from '../../../models/synthetic-checkpoint.js'
import { repositoryRoot } from '../../../test-data.fixture.js'
import type { StepOptions, StepTimes } from '../../../training/lora-step-run.fixture.js'
import { useBackend } from '../../backend.js'

/** How the attention of a layer is computed, each in processes of its own. */
const roads: readonly { readonly road: string; readonly environment: Record<string, string> }[] = [
  { road: 'recorded functions', environment: { MEDTUNE_XLA: '0' } },
  { road: 'XLA, chunks', environment: { MEDTUNE_XLA: '1', MEDTUNE_FUSED_ATTENTION: '0' } },
  { road: "XLA, cuDNN's attention", environment: { MEDTUNE_XLA: '1', MEDTUNE_FUSED_ATTENTION: '1' } },
]

const stepScript = path.join(repositoryRoot, 'src/training/lora-step-run.fixture.ts')

export const benchmark: Benchmark = {
  name: 'attention-road',
  suite: 'gpu',
  description:
    "LoRA steps of a random bfloat16 checkpoint on a card with and without cuDNN's attention, by length; 135M with --quick, else 1B",
  async *run({ quick }) {
    let attentionRoad: Awaited<ReturnType<typeof useBackend>>['attentionRoad']
    try {
      process.env.MEDTUNE_XLA = '1'
      attentionRoad = (await useBackend('cuda')).attentionRoad
    } catch (error) {
      yield { leftOut: `everything: ${error instanceof Error ? error.message : String(error)}` }
      return
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'medtune-attention-'))
    try {
      const config = syntheticShapes[quick ? '135M' : '1B']
      await writeSyntheticCheckpoint(folder, { config, form: 'bfloat16', seed: 1, shardBytes: 2e9 })
      const lengths = quick ? [512] : [512, 2048, 8192]
      yield* measureCases(lengths.flatMap((length) => casesOfLength(folder, length)))
      const off = attentionRoad?.fused === false ? attentionRoad.reason : undefined
      if (off !== undefined) yield { road: "cuDNN's attention is off", reason: off }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function casesOfLength(folder: string, length: number): BenchmarkCase[] {
  const batch = length > 2048 ? 1 : 2
  const options: StepOptions = {
    ...{ backend: 'cuda', batch, length, steps: 5, checkpointing: false, dtype: 'bfloat16' },
  }
  const tokens = `${batch} × ${length}`
  return roads.map(({ road, environment }) => ({
    what: `${road}, ${tokens}`,
    work: batch * length,
    async measure() {
      Object.assign(process.env, environment)
      const args = ['--import', 'tsx', stepScript, folder, JSON.stringify(options)]
      const { seconds, losses, peakTensorMb = Number.NaN } = await runJson<StepTimes>(process.execPath, args)
      // The first steps record and compile.
      const best = Math.min(...seconds.slice(2))
      return {
        ...{ road, tokens },
        secondsPerStep: Math.round(best * 1000) / 1000,
        tokensPerSecond: Math.round((batch * length) / best),
        peakTensorMegabytes: Math.round(peakTensorMb),
        lastLoss: losses.at(-1) ?? Number.NaN,
      }
    },
  }))
}
