import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withDequantized } from '../tensors/quantization-checkpoint.js'
import { openCheckpoint } from '../tensors/safetensors-checkpoint.js'
import { loadCausalLM } from './load-causal-lm.js'
import { syntheticForms, syntheticShapes, writeSyntheticCheckpoint } from './synthetic-checkpoint.js'

const config = {
  ...syntheticShapes['1B'],
  ...{ hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 4 },
  ...{ num_key_value_heads: 2, vocab_size: 100 },
}
let root: string
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'medtune-synthetic-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe.each(syntheticForms)('a synthetic checkpoint in %s', (form) => {
  test('loads from its shards, tells its progress, and is the same for one seed', async () => {
    const progress: number[] = []
    const write = (name: string, seed: number) =>
      writeSyntheticCheckpoint(path.join(root, `${form}-${name}`), {
        ...{ config, form, seed, shardBytes: 50_000 },
        onProgress: (done, total) => progress.push(done / total),
      })
    const made = await write('a', 5)
    expect(progress.at(-1)).toBe(1)
    expect(made.shards).toBeGreaterThan(1)
    await write('b', 5)
    await write('c', 6)
    const folder = path.join(root, `${form}-a`)
    expect((await readdir(folder)).filter((file) => file.endsWith('.safetensors'))).toHaveLength(made.shards)
    const shard = `model-00001-of-${String(made.shards).padStart(5, '0')}.safetensors`
    const [a, b, c] = await Promise.all(
      ['a', 'b', 'c'].map((name) => readFile(path.join(root, `${form}-${name}`, shard))),
    )
    expect(a?.equals(b ?? Buffer.of())).toBe(true)
    expect(a?.equals(c ?? Buffer.of())).toBe(false)
    const model = await loadCausalLM(folder, { backend: 'cpu' })
    const { data } = await model.logits([[1, 2, 3]])
    expect(data.every(Number.isFinite)).toBe(true)
    model.dispose()
  })

  test('has weights that are normally distributed', async () => {
    const file = await openCheckpoint(path.join(root, `${form}-a`))
    const values = await withDequantized(file)
    const { data } = await values.readFloat32('model.layers.0.mlp.up_proj.weight')
    await file.close()
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    const deviation = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length)
    expect(Math.abs(mean)).toBeLessThan(0.001)
    expect(deviation / 0.02).toBeGreaterThan(0.9)
    expect(deviation / 0.02).toBeLessThan(1.2)
  })
})

test('an aborted one leaves no half-written file', async () => {
  const controller = new AbortController()
  const folder = path.join(root, 'aborted')
  const writing = writeSyntheticCheckpoint(folder, {
    ...{ config, form: 'bfloat16', seed: 1, shardBytes: 1e9, signal: controller.signal },
    onProgress: () => controller.abort(),
  })
  await expect(writing).rejects.toThrow()
  expect((await readdir(folder)).filter((file) => file !== 'config.json')).toEqual([])
})
