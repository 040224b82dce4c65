import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Random } from '../tensors/random.js'
import { oraclePython } from '../test-data.fixture.js'
import { type GgufTensor, writeGguf } from './gguf-writer.js'

const folder = mkdtempSync(path.join(tmpdir(), 'medtune-gguf-blocks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const types = ['F16', 'BF16', 'Q8_0', 'Q4_0'] as const

/** Beside each tensor of floats, the same in every other type: the package makes those too. */
const script = `
import json, sys, numpy as np, gguf
from gguf import quants
tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(sys.argv[1]).tensors}
wrong = []
for name, tensor in tensors.items():
    source, _, kind = name.partition(".")
    if not kind: continue
    with np.errstate(over="ignore"):
        expected = quants.quantize(np.array(tensors[source].data), tensor.tensor_type)
    stored = np.asarray(tensor.data).view(np.uint8).ravel()
    difference = int((stored != expected.view(np.uint8).ravel()).sum())
    if difference or stored.size != expected.nbytes: wrong.append([name, difference])
print(json.dumps(wrong))`

/** Rows of 64 values that meet every rule of rounding. */
function sources(): Record<string, Float32Array> {
  const random = new Random(9)
  const rows = 200
  const fill = (value: (i: number) => number): Float32Array =>
    Float32Array.from({ length: rows * 64 }, (_, i) => value(i))
  return {
    normal: fill(() => random.normal(0, 1)),
    small: fill(() => random.normal(0, 1e-6)),
    // Smaller than float16's smallest: scales become subnormal or 0.
    tiny: fill(() => random.normal(0, 1e-9)),
    large: fill(() => random.normal(0, 5e3)),
    // Magnitudes that differ by row, some rows zero, some of one value.
    rows: fill((i) =>
      Math.floor(i / 64) % 5 === 0 ? 0 : random.normal(0, 10 ** ((Math.floor(i / 64) % 9) - 6)),
    ),
    equal: fill((i) => Math.floor(i / 64) - 100),
    // Halves of a step exactly, both signs, and both extremes in one block.
    ties: fill((i) => (i % 32 === 0 ? (i % 64 === 0 ? 127 : -127) : random.integer(507) / 2 - 126.5)),
    // Halfway between two numbers of float16 and bfloat16.
    halves: fill(() => (1 + (2 * random.integer(1024) + 1) / 2048) * 2 ** (random.integer(20) - 10)),
    bfloat: fill(
      () =>
        (1 + (2 * random.integer(128) + 1) / 256) *
        2 ** (random.integer(20) - 10) *
        (random.integer(2) * 2 - 1),
    ),
  }
}

test.skipIf(oraclePython === undefined)('every type has the bytes that the gguf package writes', async () => {
  const file = path.join(folder, 'blocks.gguf')
  const tensors = Object.entries(sources()).flatMap(([name, values]): GgufTensor[] => {
    const shape = [values.length / 64, 64]
    const data = async (): Promise<Float32Array> => values
    return [
      { name, shape, type: 'F32', data },
      ...types.map((type) => ({ name: `${name}.${type}`, shape, type, data })),
    ]
  })
  await writeGguf(file, new Map([['general.architecture', { type: 'string', value: 'llama' }]]), tensors)
  const output = execFileSync(oraclePython ?? '', ['-c', script, file])
  expect(JSON.parse(output.toString())).toEqual([])
})
