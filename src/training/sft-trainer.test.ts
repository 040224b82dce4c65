import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { adapterOf } from '../lora/lora-adapter.js'
import type { CausalLM } from '../models/causal-lm.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { loadModelOfSeed } from '../models/model-in-form.fixture.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { useBackend } from '../tensors/backend.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { type StartedForm, startedForms } from '../tensors/started-dtypes.fixture.js'
import type { TrainingCallback } from './callbacks/training-callback.js'
import { SFTTrainer } from './sft-trainer.js'
import { expectSameRun, type TrainedRun, trainableValues } from './trained-run.fixture.js'
import type { TrainingArguments } from './training-arguments.js'
import type { TrainingRow } from './training-row.js'

const rows: TrainingRow[] = [
  { inputIds: [1, 5, 3, 9, 4, 2], labels: [-100, -100, 3, 9, 4, 2] },
  { inputIds: [1, 7, 2] },
  { inputIds: [1, 7, 7, 0, 6, 8, 10, 2] },
  { inputIds: [1, 4, 4, 2], labels: [-100, -100, -100, 2] },
  { inputIds: [1, 3, 9, 9, 2] },
]

const quickly: Partial<TrainingArguments> = {
  maxSteps: 4,
  warmupSteps: 0,
  learningRate: 0.01,
  gradientAccumulationSteps: 2,
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'medtune-trainer-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function modelInForm(form: StartedForm, loraDropout = 0): Promise<CausalLM> {
  const model = await loadModelOfSeed({ config: tinyConfig, seed: 5 }, form)
  applyLora(model, { r: 4, loraDropout })
  return model
}

describe.each(startedForms)('SFTTrainer on $backend in $dtype, 4 bits: $loadIn4bit', (form) => {
  const { backend, dtype, loadIn4bit } = form
  const ownFolder = (name: string): string => path.join(folder, `${backend}-${dtype}-${loadIn4bit}-${name}`)
  const adaptedModel = (loraDropout?: number): Promise<CausalLM> => modelInForm(form, loraDropout)
  beforeAll(() => useBackend(backend))

  test('an update does not depend on how its rows are split into micro-batches', async () => {
    const train = async (args: Partial<TrainingArguments>): Promise<TrainedRun> => {
      const model = await adaptedModel()
      const trainer = new SFTTrainer({
        model,
        args: { ...quickly, shuffle: false, ...args },
        trainDataset: rows.slice(0, 4),
      })
      const { log } = await trainer.train()
      const values = await trainableValues(model)
      model.dispose()
      return { losses: log.map(({ loss }) => loss), values }
    }
    const whole = await train({ perDeviceTrainBatchSize: 4, gradientAccumulationSteps: 1 })
    for (const args of [
      { perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 4 },
      {
        perDeviceTrainBatchSize: 2,
        gradientAccumulationSteps: 2,
        padToMultipleOf: 16,
        gradientCheckpointing: true,
      },
    ]) {
      const split = await train(args)
      expectSameRun(split, whole, dtype)
    }
  })

  test('packed rows give the losses and the adapter of the rows alone', async () => {
    const train = async (args: Partial<TrainingArguments>): Promise<TrainedRun & { rowCount: number }> => {
      const model = await adaptedModel()
      let rowCount = 0
      const onStepEnd: TrainingCallback['onStepEnd'] = (state) => {
        rowCount = state.rowCount
      }
      const callbacks = [{ onStepEnd }]
      const given = { ...quickly, perDeviceTrainBatchSize: 5, gradientAccumulationSteps: 1, ...args }
      const { log } = await new SFTTrainer({ model, args: given, trainDataset: rows, callbacks }).train()
      const values = await trainableValues(model)
      model.dispose()
      return { losses: log.map(({ loss }) => loss), values, rowCount }
    }
    const alone = await train({})
    // 26 tokens in rows of 10: every update sees all of them, and so as many labels.
    for (const gradientCheckpointing of [false, true]) {
      const packed = await train({ packing: true, maxLength: 10, padToMultipleOf: 16, gradientCheckpointing })
      expect([alone.rowCount, packed.rowCount]).toEqual([5, 3])
      expectSameRun(packed, alone, dtype)
    }
  })

  test('the loss falls, the log counts and no handle is left behind', async () => {
    const { ops } = await useBackend(backend)
    const before = ops.memory().tensors
    const model = await adaptedModel()
    const withModel = ops.memory().tensors
    const handles: number[] = []
    const callbacks: TrainingCallback[] = [{ onStepEnd: () => void handles.push(ops.memory().tensors) }]
    const args = { ...quickly, maxSteps: 30, loggingSteps: 5 }
    const { log, status, step, trainLoss } = await new SFTTrainer({
      model,
      args,
      trainDataset: rows,
      callbacks,
    }).train()
    expect([status, step, log.length]).toEqual(['completed', 30, 6])
    expect(log.map((entry) => entry.step)).toEqual([5, 10, 15, 20, 25, 30])
    expect(log.at(-1)?.loss).toBeLessThan(0.8 * (log[0]?.loss ?? 0))
    expect(log.at(-1)?.epoch).toBeCloseTo(15, 6)
    expect(trainLoss).toBeCloseTo(log.reduce((sum, { loss }) => sum + loss, 0) / 6, 6)
    for (const { tokensPerSecond, seconds, gradNorm } of log) {
      expect(Math.min(tokensPerSecond, seconds, gradNorm)).toBeGreaterThan(0)
    }
    expect(new Set(handles.slice(1)).size).toBe(1)
    expect(ops.memory().tensors).toBe(withModel)
    model.dispose()
    expect(ops.memory().tensors).toBe(before)
  })

  test('a run resumed from a checkpoint ends where an uninterrupted one does, dropout and order included', async () => {
    const outputDir = ownFolder('resumed')
    const args = { ...quickly, maxSteps: 6, saveSteps: 2, saveTotalLimit: 2, outputDir }
    const first = await adaptedModel(0.3)
    const whole = await new SFTTrainer({ model: first, args, trainDataset: rows }).train()
    expect((await readdir(outputDir)).filter((name) => name.includes('checkpoint')).sort()).toEqual([
      'checkpoint-4',
      'checkpoint-6',
    ])
    const second = await adaptedModel(0.3)
    const trainer = new SFTTrainer({ model: second, args, trainDataset: rows })
    const resumed = await trainer.train(path.join(outputDir, 'checkpoint-4'))
    expect(resumed.log.map(({ step, loss }) => [step, loss])).toEqual(
      whole.log.map(({ step, loss }) => [step, loss]),
    )
    expect(await trainableValues(second)).toEqual(await trainableValues(first))
    first.dispose()
    second.dispose()
  })

  test('an abort stops before the next micro-batch and saves what is trained', async () => {
    const outputDir = ownFolder('stopped')
    const controller = new AbortController()
    const model = await adaptedModel()
    const callbacks: TrainingCallback[] = [
      { onStepEnd: ({ step }) => step === 2 && controller.abort() },
    ] as TrainingCallback[]
    const args = { ...quickly, maxSteps: 50, outputDir }
    const result = await new SFTTrainer({
      model,
      args,
      trainDataset: rows,
      callbacks,
      signal: controller.signal,
    }).train()
    expect([result.status, result.step]).toEqual(['stopped', 2])
    expect(await readdir(outputDir)).toEqual(
      expect.arrayContaining(['adapter_config.json', 'adapter_model.safetensors', 'training_log.json']),
    )
    const log = JSON.parse(await readFile(path.join(outputDir, 'training_log.json'), 'utf8'))
    expect(log).toMatchObject({
      status: 'stopped',
      steps: 2,
      backend,
      training_arguments: { max_steps: 50 },
      lora: { r: 4 },
    })
    expect(log.log[1]).toMatchObject({ step: 2, loss: expect.any(Number), learning_rate: expect.any(Number) })
    model.dispose()

    const losses = async (from?: string): Promise<number[]> => {
      const fresh = await adaptedModel()
      const trainer = new SFTTrainer({
        model: fresh,
        args: { ...args, maxSteps: 50, outputDir: from === undefined ? `${outputDir}-whole` : outputDir },
        trainDataset: rows,
        callbacks: [{ onStepEnd: ({ step }) => void (step === 4 && stop.abort()) }],
        signal: stop.signal,
      })
      const { log: entries } = await trainer.train(from)
      fresh.dispose()
      return entries.map(({ loss }) => loss)
    }
    let stop = new AbortController()
    const resumed = await losses('latest')
    stop = new AbortController()
    expect(resumed, 'goes on where it was stopped').toEqual(await losses())
  })

  test('a diverged loss ends training with the last good values in place and saved', async () => {
    const outputDir = ownFolder('diverged')
    const { ops } = await useBackend(backend)
    const model = await adaptedModel()
    const handles = ops.memory().tensors
    const good: Float32Array[][] = []
    const callbacks: TrainingCallback[] = [
      {
        onStepEnd: async ({ step }) => {
          good.push(await trainableValues(model))
          if (step !== 3) return
          // What an exploding update leaves behind.
          for (const { loraB } of adapterOf(model)?.modules.values() ?? []) {
            ops.free(loraB.value)
            loraB.value = ops.keep(ops.full(loraB.value.shape, Number.NaN))
          }
        },
      },
    ]
    const trainer = new SFTTrainer({
      model,
      args: { ...quickly, maxSteps: 9, outputDir },
      trainDataset: rows,
      callbacks,
    })
    await expect(trainer.train()).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringMatching(/update 4\. First not finite: the value of .*lora_B/),
    })
    expect(await trainableValues(model)).toEqual(good[1])
    expect(JSON.parse(await readFile(path.join(outputDir, 'training_log.json'), 'utf8'))).toMatchObject({
      status: 'failed',
    })
    expect(ops.memory().tensors).toBe(handles)
    model.dispose()
  })

  test('noise changes the loss, is the same for the same seed, and is not in evaluations', async () => {
    const train = async (neftuneNoiseAlpha: number): Promise<number[]> => {
      const model = await adaptedModel()
      const args = { ...quickly, maxSteps: 1, neftuneNoiseAlpha, learningRate: 1e-30 }
      const { log, evalLog } = await new SFTTrainer({
        model,
        args,
        trainDataset: rows,
        evalDataset: rows,
      }).train()
      model.dispose()
      return [log[0]?.loss ?? 0, evalLog[0]?.evalLoss ?? 0]
    }
    const [loss, evalLoss] = await train(0)
    const noisy = await train(20)
    expect(noisy[0]).not.toBe(loss)
    expect(noisy[1]).toBe(evalLoss)
    expect(await train(20)).toEqual(noisy)
  })

  test('a model with everything frozen is refused', async () => {
    const model = await adaptedModel()
    for (const parameter of model.parameters()) parameter.trainable = false
    await expect(new SFTTrainer({ model, trainDataset: rows }).train()).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    model.dispose()
  })

  test('weights of 16 or 4 bits are not trained themselves', async () => {
    const model = await adaptedModel()
    const frozen = model.parameters().filter(({ value }) => value.dtype !== 'float32')
    expect(frozen.length > 0).toBe(loadIn4bit || dtype !== 'float32')
    for (const parameter of frozen) {
      parameter.trainable = true
      await expect(new SFTTrainer({ model, trainDataset: rows }).train()).rejects.toThrow(
        `${parameter.path} is ${parameter.value.dtype}`,
      )
      parameter.trainable = false
    }
    model.dispose()
  })
})

// Parameters that train are float32: those of a new model all are.
test.each(startedBackends)('all parameters of a new model train too, on %s', async (backend) => {
  await useBackend(backend)
  const model = await createCausalLM({ ...tinyConfig, tie_word_embeddings: true }, { seed: 5 })
  const { log } = await new SFTTrainer({
    model,
    args: { ...quickly, maxSteps: 40 },
    trainDataset: rows,
  }).train()
  expect(log.at(-1)?.loss).toBeLessThan(0.7 * (log[0]?.loss ?? 0))
  const outputDir = path.join(folder, `${backend}-whole`)
  await new SFTTrainer({ model, trainDataset: rows }).saveModel(outputDir)
  const again = await loadCausalLM(outputDir)
  expect((await again.logits([[1, 5, 3]])).data).toEqual((await model.logits([[1, 5, 3]])).data)
  again.dispose()
  model.dispose()
})
