import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { loadAdapter } from '../../lora/load-adapter.js'
import type { Tensor } from '../../tensors/ops.js'
import { openSafetensors, type SafetensorsFile } from '../../tensors/safetensors.js'
import { writeSafetensors } from '../../tensors/safetensors-writer.js'
import type { StartedDtype } from '../../tensors/started-dtypes.fixture.js'
import type { CausalLM } from '../causal-lm.js'
import { rowsToCheckpoint } from '../layers/row-order.js'
import { loadCausalLM } from '../load-causal-lm.js'

// One file of `data/reference/make-families.py`: a checkpoint, its adapter and what transformers and PEFT compute of them.

/** Makes the model folder of a case, with its adapter in `adapter/`. @returns the folder */
export async function unpackCase(file: string, into: string): Promise<string> {
  const tensors = await openSafetensors(file)
  const directory = path.join(into, path.basename(file, '.safetensors'))
  const { config = '', adapter_config: adapterConfig = '' } = tensors.metadata
  mkdirSync(path.join(directory, 'adapter'), { recursive: true })
  writeFileSync(path.join(directory, 'config.json'), config)
  writeFileSync(path.join(directory, 'adapter', 'adapter_config.json'), adapterConfig)
  for (const [prefix, name] of [
    ['model.', 'model.safetensors'],
    ['adapter.', 'adapter/adapter_model.safetensors'],
  ] as const) {
    const entries = tensors.names.filter((tensor) => tensor.startsWith(prefix))
    const named = entries.map(async (tensor) => {
      const { dtype, shape } = tensors.info(tensor)
      return { name: tensor.slice(prefix.length), dtype, shape, data: (await tensors.read(tensor)).data }
    })
    await writeSafetensors(path.join(directory, name), await Promise.all(named))
  }
  await tensors.close()
  return directory
}

/** How far results may be from the reference: of its largest value, or absolute for losses and attention. */
const tolerances = {
  float32: { logits: 1e-4, loss: 1e-5, attention: 1e-5, gradients: 1e-3 },
  bfloat16: { logits: 0.1, loss: 0.08, attention: 0.06, gradients: 0.25 },
}

type Tolerance = (typeof tolerances)['float32']

/** Expects of a case everything that its file holds: adapter off and on, forward, greedy ids, gradients. */
export async function expectCase(
  file: string,
  directory: string,
  { backend, dtype }: StartedDtype,
): Promise<void> {
  const tolerance = tolerances[dtype]
  const expected = await openSafetensors(file)
  const model = await loadCausalLM(directory, { backend, dtype })
  await expectForward(model, expected, 'plain', tolerance)
  await loadAdapter(model, path.join(directory, 'adapter'), { trainable: true })
  await expectForward(model, expected, 'adapted', tolerance)
  await expectGradients(model, expected, tolerance)
  model.dispose()
  await expected.close()
}

/** The integers of a tensor as rows. */
export async function integerRows(file: SafetensorsFile, name: string): Promise<number[][]> {
  const { data, shape } = await file.read(name)
  const values = new Int32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
  const [rowCount = 0, length = 0] = shape
  return Array.from({ length: rowCount }, (_, row) => [...values.subarray(row * length, (row + 1) * length)])
}

async function greedyIds(model: CausalLM, prompt: readonly number[], count: number): Promise<number[]> {
  const cache = model.createCache()
  const ids: number[] = []
  let logits = await model.decode(prompt, cache)
  while (ids.length < count) {
    const best = logits.indexOf(logits.reduce((max, value) => Math.max(max, value)))
    ids.push(best)
    if (ids.length < count) logits = await model.decode([best], cache)
  }
  cache.dispose()
  return ids
}

/** Everything that is computed without gradients. */
async function expectForward(
  model: CausalLM,
  expected: SafetensorsFile,
  adapter: string,
  tolerance: Tolerance,
): Promise<void> {
  const [ids, labels] = [await integerRows(expected, 'ids'), await integerRows(expected, 'labels')]
  const logits = await expected.readFloat32(`${adapter}.logits`)
  const found = await model.logits(ids)
  expect(found.shape).toEqual(logits.shape)
  expect(largestDifference(found.data, logits.data) / largest(logits.data)).toBeLessThan(tolerance.logits)
  const [loss = Number.NaN] = (await expected.readFloat32(`${adapter}.loss`)).data
  expect(Math.abs((await model.loss(ids, labels)) - loss)).toBeLessThan(tolerance.loss)
  const attention = await expected.readFloat32(`${adapter}.attention`)
  const [layer] = await model.attentions(ids, [0])
  expect(layer?.shape).toEqual(attention.shape)
  expect(largestDifference(layer?.data ?? new Float32Array(), attention.data)).toBeLessThan(
    tolerance.attention,
  )
  const [greedy = []] = await integerRows(expected, `${adapter}.greedy`)
  const prompt = ids[0]?.slice(0, 6) ?? []
  // Roundings to 16 bits may decide between tokens that are nearly as likely.
  if (tolerance === tolerances.float32) expect(await greedyIds(model, prompt, greedy.length)).toEqual(greedy)
  await expectPeek(model, ids[0] ?? [], found, tolerance)
}

/** Logits of the last tokens, after the first ones were cached, are those of the whole row. */
async function expectPeek(
  model: CausalLM,
  row: readonly number[],
  whole: { data: Float32Array; shape: readonly number[] },
  tolerance: Tolerance,
): Promise<void> {
  const cache = model.createCache()
  await model.decode(row.slice(0, 7), cache)
  const peeked = await model.peek(row.slice(7), cache)
  cache.dispose()
  const vocabSize = whole.shape[2] ?? 0
  const expected = whole.data.subarray(7 * vocabSize, row.length * vocabSize)
  expect(largestDifference(peeked, expected) / largest(expected)).toBeLessThan(tolerance.logits)
}

async function gradientsOf(
  model: CausalLM,
  expected: SafetensorsFile,
  gradientCheckpointing: boolean,
): Promise<Map<string, Tensor>> {
  const [ids, labels] = [await integerRows(expected, 'ids'), await integerRows(expected, 'labels')]
  const length = ids[0]?.length ?? 0
  const batch = {
    inputIds: Int32Array.from(ids.flat()),
    labels: Int32Array.from(labels.flat()),
    batchSize: ids.length,
    length,
  }
  const labelCount = labels.flatMap((row) => row.slice(1)).filter((label) => label >= 0).length
  const gradients = new Map<string, Tensor>()
  // Several times, so that a backend that replays recorded layers does so for what is compared.
  for (let repeat = 0; repeat < 5; repeat++) {
    model.ops.free(...gradients.values())
    await model.lossAndGradients(batch, {
      lossDivisor: labelCount,
      gradientCheckpointing,
      sink: ({ path: name }, gradient) => gradients.set(name, model.ops.keep(gradient)),
    })
  }
  return gradients
}

async function expectGradients(
  model: CausalLM,
  expected: SafetensorsFile,
  tolerance: Tolerance,
): Promise<void> {
  for (const gradientCheckpointing of [false, true]) {
    const gradients = await gradientsOf(model, expected, gradientCheckpointing)
    const names = expected.names.filter((name) => name.startsWith('grad.'))
    expect([...gradients.keys()].sort()).toEqual(names.map((name) => `${name.slice(5)}.weight`).sort())
    for (const [module, linear] of model.linears()) {
      for (const factor of ['A', 'B'] as const) {
        const gradient = gradients.get(`${module}.lora_${factor}.weight`)
        if (gradient === undefined) continue
        const { data } = await expected.readFloat32(`grad.${module}.lora_${factor}`)
        const values = await model.ops.read(gradient)
        const rows = factor === 'A' ? values : rowsToCheckpoint(values, linear.outFeatures, linear.rowOrder)
        const error = Math.hypot(...rows.map((value, i) => value - (data[i] ?? Number.NaN)))
        expect(error / Math.hypot(...data), `${module} ${factor}`).toBeLessThan(tolerance.gradients)
      }
    }
    model.ops.free(...gradients.values())
  }
}

function largest(values: Float32Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] ?? Number.NaN))), 0)
}
