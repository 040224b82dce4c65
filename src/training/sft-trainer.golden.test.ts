import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { installAdapter } from '../lora/apply-lora.js'
import { adapterOf } from '../lora/lora-adapter.js'
import { matchTargetModules, resolveLoraConfig } from '../lora/lora-config.js'
import type { CausalLM } from '../models/causal-lm.js'
import { rowsFromCheckpoint, rowsToCheckpoint } from '../models/layers/row-order.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { openSafetensors, type SafetensorsFile } from '../tensors/safetensors.js'
import { startedDtypes } from '../tensors/started-dtypes.fixture.js'
import { testData } from '../test-data.fixture.js'
import { SFTTrainer } from './sft-trainer.js'

const modelDirectory = testData('models/stories260K')
const runFile = testData('golden/stories260K_lora_run.json')
const available = modelDirectory !== undefined && runFile !== undefined

/** What transformers and PEFT did: 20 updates on PubMedQA text, adapters on all seven modules. */
interface ReferenceRun {
  readonly log: readonly { step: number; loss: number; grad_norm: number; lr: number }[]
  readonly rows: readonly number[][]
}

function referenceName(moment: 'init' | 'final', module: string, factor: 'A' | 'B'): string {
  return `${moment}.base_model.model.${module}.lora_${factor}.default.weight`
}

async function applyReferenceAdapter(model: CausalLM, reference: SafetensorsFile): Promise<void> {
  const paths = matchTargetModules('all-linear', model.linears().keys())
  const values = new Map<string, { a: Float32Array; b: Float32Array }>()
  for (const name of paths) {
    const linear = model.linears().get(name) ?? expect.fail(name)
    const b = (await reference.readFloat32(referenceName('init', name, 'B'))).data
    values.set(name, {
      a: (await reference.readFloat32(referenceName('init', name, 'A'))).data,
      b: rowsFromCheckpoint(b, linear.outFeatures, linear.rowOrder),
    })
  }
  installAdapter(model, resolveLoraConfig(), paths, ({ path: name }) => values.get(name) ?? expect.fail(name))
}

/** The adapter of a bfloat16 run goes its own way by single values; its losses and norms do not. */
const tolerances = {
  float32: { loss: 1e-3, gradNorm: 0.01, adapter: 1e-3 },
  bfloat16: { loss: 0.02, gradNorm: 0.06, adapter: 0.04 },
}

describe.each(startedDtypes)('20 updates on the pretrained 260K model on $backend in $dtype', (started) => {
  const tolerance = tolerances[started.dtype]

  test.skipIf(!available).each([false, true])(
    'equal PEFT, checkpointing %s',
    async (gradientCheckpointing) => {
      const run = JSON.parse(await readFile(runFile ?? '', 'utf8')) as ReferenceRun
      const reference = await openSafetensors(
        path.join(path.dirname(runFile ?? ''), 'stories260K_lora_run.safetensors'),
      )
      const model = await loadCausalLM(modelDirectory ?? '', started)
      await applyReferenceAdapter(model, reference)
      const trainer = new SFTTrainer({
        model,
        args: {
          maxSteps: 20,
          learningRate: 2e-3,
          gradientAccumulationSteps: 2,
          shuffle: false,
          gradientCheckpointing,
        },
        trainDataset: run.rows.map((inputIds) => ({ inputIds })),
      })
      const { log } = await trainer.train()
      for (const [i, expected] of run.log.entries()) {
        const entry = log[i] ?? expect.fail(`no entry ${i}`)
        expect(entry.step).toBe(expected.step)
        expect(entry.learningRate).toBeCloseTo(expected.lr, 9)
        expect(Math.abs(entry.loss - expected.loss), `loss of update ${i + 1}`).toBeLessThan(tolerance.loss)
        expect(Math.abs(entry.gradNorm / expected.grad_norm - 1), `norm of update ${i + 1}`).toBeLessThan(
          tolerance.gradNorm,
        )
      }
      for (const [name, { loraA, loraB, outFeatures, rowOrder }] of adapterOf(model)?.modules ?? []) {
        const a = await model.ops.read(loraA.value)
        const b = rowsToCheckpoint(await model.ops.read(loraB.value), outFeatures, rowOrder)
        for (const [factor, values] of [
          ['A', a],
          ['B', b],
        ] as const) {
          const { data } = await reference.readFloat32(referenceName('final', name, factor))
          const difference = values.reduce(
            (max, value, i) => Math.max(max, Math.abs(value - (data[i] ?? Number.NaN))),
            0,
          )
          expect(difference, `${name} ${factor}`).toBeLessThan(tolerance.adapter)
        }
      }
      await reference.close()
      model.dispose()
    },
  )
})
