import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { useBackend } from '../tensors/backend.js'
import { Random } from '../tensors/random.js'
import { openSafetensors } from '../tensors/safetensors.js'
import { type SafetensorsEntry, writeSafetensors } from '../tensors/safetensors-writer.js'
import { type StartedForm, startsHere } from '../tensors/started-dtypes.fixture.js'
import { seal } from './checkpoint-files.js'
import { killAndResume, runOnce } from './kill-resume.fixture.js'
import { killRunArguments, killRunModel, killRunRows } from './kill-resume-run.fixture.js'
import { longRunForms } from './long-run-forms.fixture.js'
import { SFTTrainer, type TrainingResult } from './sft-trainer.js'
import type { TrainingArguments } from './training-arguments.js'

const root = mkdtempSync(path.join(tmpdir(), 'medtune-checkpoint-'))
const source = path.join(root, 'source')
const reference: StartedForm = { backend: 'cpu', dtype: 'float32', loadIn4bit: false }
const args = { ...killRunArguments, maxSteps: 6, saveSteps: 2, saveTotalLimit: 3, evalSteps: 3 }

async function train(
  outputDir: string,
  given: Partial<TrainingArguments> = {},
  from?: string,
): Promise<TrainingResult> {
  const model = await killRunModel(reference)
  try {
    const trainer = new SFTTrainer({
      model,
      trainDataset: killRunRows,
      args: { ...args, ...given, outputDir },
    })
    return await trainer.train(from)
  } finally {
    model.dispose()
  }
}

beforeAll(async () => {
  await useBackend('cpu')
  await train(source)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function copyOf(name: string): string {
  const folder = path.join(root, name)
  cpSync(source, folder, { recursive: true })
  return folder
}

// Each form is killed once here, at another moment; the benchmark kills it twenty times.
describe.each(longRunForms.filter(startsHere).map((form, i) => ({ ...form, seed: 7 + i })))(
  'on $backend in $dtype, 4 bits: $loadIn4bit',
  ({ seed, ...form }) => {
    test('a run killed at a random moment ends as the uninterrupted one does, bit for bit', async () => {
      for (const outcome of await killAndResume(form, 1, seed)) {
        expect(outcome).toMatchObject({ sameLosses: true, sameAdapter: true })
        expect(outcome.killedAfterStep - outcome.resumedFromStep).toBeLessThanOrEqual(3)
      }
    })
  },
)

test('a checkpoint holds what the Trainer names', () => {
  const folder = path.join(source, 'checkpoint-6')
  expect(readdirSync(folder)).toEqual(
    expect.arrayContaining([
      'adapter_model.safetensors',
      'checksums.json',
      'optimizer.safetensors',
      'run_state.json',
    ]),
  )
  const state = JSON.parse(readFileSync(path.join(folder, 'trainer_state.json'), 'utf8'))
  expect(state).toMatchObject({
    global_step: 6,
    max_steps: 6,
    eval_steps: 3,
    save_steps: 2,
    logging_steps: 1,
    train_batch_size: 2,
    best_metric: expect.any(Number),
    best_global_step: expect.any(Number),
    stateful_callbacks: {
      EarlyStoppingCallback: { attributes: { early_stopping_patience_counter: expect.any(Number) } },
    },
  })
  expect(state.log_history.filter((entry: object) => 'eval_loss' in entry)).toHaveLength(2)
})

const files = [
  'adapter_config.json',
  'adapter_model.safetensors',
  'checksums.json',
  'optimizer.safetensors',
  'run_state.json',
  'trainer_state.json',
]

/** Damages a checkpoint the way its name says. */
const faults: Record<string, (folder: string, random: Random) => void | Promise<void>> = {
  truncated: (folder, random) => {
    const file = path.join(folder, files[random.integer(files.length)] ?? '')
    truncateSync(file, random.integer(readFileSync(file).length))
  },
  missing: (folder, random) => unlinkSync(path.join(folder, files[random.integer(files.length)] ?? '')),
  'wrong version': (folder, random) => {
    const file = path.join(folder, 'checksums.json')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('"format_version": 1', `"format_version": ${2 + random.integer(90)}`))
  },
  swapped: (folder, random) => {
    const other = path.join(folder, '..', 'checkpoint-2')
    const name = ['optimizer.safetensors', 'run_state.json', 'trainer_state.json'][random.integer(3)] ?? ''
    cpSync(path.join(other, name), path.join(folder, name))
  },
  'flipped byte': (folder, random) => {
    const file = path.join(folder, files[random.integer(files.length)] ?? '')
    const bytes = readFileSync(file)
    const at = random.integer(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(7))
    writeFileSync(file, bytes)
  },
  'state of another step, sealed again': async (folder, random) => {
    const name = random.integer(2) === 0 ? 'run_state.json' : 'trainer_state.json'
    const file = path.join(folder, name)
    writeFileSync(file, readFileSync(file, 'utf8').replace('"global_step": 4', '"global_step": 5'))
    await seal(folder)
  },
  'NaN moment, sealed again': (folder, random) =>
    changeTensors(folder, (entry) =>
      entry.name.startsWith('exp_avg')
        ? { ...entry, data: withNaN(entry.data as Float32Array, random) }
        : entry,
    ),
  'other shape, sealed again': (folder) =>
    changeTensors(folder, (entry) =>
      entry.shape.length === 2 ? { ...entry, shape: [...entry.shape].reverse() } : entry,
    ),
  'shorter moments, sealed again': (folder) =>
    changeTensors(folder, (entry) =>
      entry.name.startsWith('exp_avg')
        ? { ...entry, shape: [1], data: (entry.data as Float32Array).slice(0, 1) }
        : entry,
    ),
  'lost weight, sealed again': (folder, random) => {
    let victim = random.integer(5)
    return changeTensors(folder, (entry) => (victim-- === 0 ? { ...entry, name: 'master.other' } : entry))
  },
}

function withNaN(data: Float32Array, random: Random): Float32Array {
  const copy = data.slice()
  copy[random.integer(copy.length)] = Number.NaN
  return copy
}

async function changeTensors(
  folder: string,
  change: (entry: SafetensorsEntry) => SafetensorsEntry,
): Promise<void> {
  const file = path.join(folder, 'optimizer.safetensors')
  const tensors = await openSafetensors(file)
  const entries: SafetensorsEntry[] = []
  for (const name of tensors.names) {
    const { shape, data } = await tensors.readFloat32(name)
    entries.push(change({ name, dtype: 'F32', shape, data }))
  }
  await tensors.close()
  await writeSafetensors(file, entries)
  await seal(folder)
}

test('a hundred faults are each refused with a clear error', async () => {
  await useBackend('cpu')
  const kinds = Object.entries(faults)
  const random = new Random(3)
  for (let i = 0; i < 100; i++) {
    const [name, damage] = kinds[i % kinds.length] as (typeof kinds)[number]
    const folder = copyOf(`fault-${i}`)
    const checkpoint = path.join(folder, 'checkpoint-4')
    await damage(checkpoint, random)
    await expect(train(folder, {}, checkpoint), `${i}: ${name}`).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      message: expect.stringMatching(/must be an intact checkpoint; .+\. Resume from another one/),
    })
    rmSync(folder, { recursive: true })
  }
})

test('latest passes over damaged checkpoints with a warning, and says when none is intact', async () => {
  const folder = copyOf('latest')
  truncateSync(path.join(folder, 'checkpoint-6/optimizer.safetensors'), 100)
  const whole = await train(path.join(root, 'again'))
  const { log, warnings } = await train(folder, {}, 'latest')
  expect(warnings).toContainEqual(
    expect.stringMatching(/checkpoint-6 must be an intact.*Trying the one before it/),
  )
  expect(log.map(({ loss }) => loss)).toEqual(whole.log.map(({ loss }) => loss))
  for (const step of [2, 4, 6]) unlinkSync(path.join(folder, `checkpoint-${step}/checksums.json`))
  await expect(train(folder, {}, 'latest')).rejects.toMatchObject({ code: 'INVALID_CHECKPOINT' })
  const { warnings: none } = await train(path.join(root, 'empty'), {}, 'latest')
  expect(none).toContainEqual(expect.stringMatching(/starts at the beginning/))
})

test('another run is refused by what differs', async () => {
  const from = path.join(source, 'checkpoint-4')
  await expect(train(path.join(root, 'other'), { learningRate: 0.5, seed: 4 }, from)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(
      /the training rows.*learning_rate \(0.01 there, 0.5 here\).*seed \(3407 there, 4 here\)/,
    ),
  })
})

test('the newest and the best are kept, the best ends the run, and early stopping stops it', async () => {
  const folder = path.join(root, 'best')
  const given = { learningRate: 3, maxSteps: 40, saveSteps: 1, evalSteps: 1, saveTotalLimit: 1 }
  const stopping = { loadBestModelAtEnd: true, earlyStoppingPatience: 3 }
  const { evalLog, step } = await train(folder, { ...given, ...stopping, maxGradNorm: 0, warmupSteps: 0 })
  const best = evalLog.reduce((a, b) => (b.evalLoss < a.evalLoss ? b : a))
  expect(step).toBe(best.step + 3)
  expect(step).toBeLessThan(40)
  const kept = readdirSync(folder)
    .filter((name) => name.startsWith('checkpoint-'))
    .sort()
  expect(kept).toEqual([`checkpoint-${best.step}`, `checkpoint-${step}`].sort())
  expect(readFileSync(path.join(folder, 'adapter_model.safetensors'))).toEqual(
    readFileSync(path.join(folder, `checkpoint-${best.step}/adapter_model.safetensors`)),
  )
})

test('a full disk costs the checkpoint and not the run', async () => {
  const folder = path.join(root, 'full')
  // The optimizer's file is the largest; with this limit (blocks of 512 bytes) it cannot be written, all else can.
  const blocks =
    Math.ceil(readFileSync(path.join(source, 'checkpoint-6/optimizer.safetensors')).length / 512) - 1
  const outcome = await runOnce({ ...reference, backend: 'wasm' }, folder, {
    fileSizeBlocks: blocks,
    maxSteps: 6,
  })
  expect(outcome?.warnings).toContainEqual(expect.stringMatching(/update 3 is not written; training goes on/))
  expect(readdirSync(folder).filter((name) => name.includes('checkpoint'))).toEqual([])
  expect(existsSync(path.join(folder, 'adapter_model.safetensors'))).toBe(true)
})

test('a run with moments in 8 bits goes on as if never interrupted', async () => {
  const given = { optim: 'adamw_8bit', maxSteps: 6, saveSteps: 3, evalSteps: 0, evalFraction: 0 } as const
  const train8bit = async (name: string, from?: string): Promise<TrainingResult> => {
    // Wide enough that its adapters have more values than are kept in float32.
    const model = await createCausalLM({ ...tinyConfig, hidden_size: 64, intermediate_size: 64 }, { seed: 5 })
    applyLora(model, { r: 64, seed: 1 })
    const trainer = new SFTTrainer({
      model,
      trainDataset: killRunRows,
      args: { ...killRunArguments, ...given, outputDir: path.join(root, name) },
    })
    try {
      return await trainer.train(from)
    } finally {
      model.dispose()
    }
  }
  const whole = await train8bit('8bit')
  const stored = await openSafetensors(path.join(root, '8bit/checkpoint-3/optimizer.safetensors'))
  expect(stored.info('exp_avg_8bit.0').dtype).toBe('U8')
  await stored.close()
  const resumed = await train8bit('8bit-resumed', path.join(root, '8bit/checkpoint-3'))
  expect(resumed.log.map(({ loss }) => loss)).toEqual(whole.log.map(({ loss }) => loss))
})
