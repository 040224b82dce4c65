import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { oraclePython } from '../test-data.fixture.js'
import { Random } from './random.js'
import { openSafetensors } from './safetensors.js'
import { writeSafetensors } from './safetensors-writer.js'

const folder = mkdtempSync(path.join(tmpdir(), 'safetensors-oracle-'))
afterAll(() => rmSync(folder, { recursive: true }))
const source = path.join(folder, 'source.safetensors')
const converted = path.join(folder, 'converted.safetensors')

/** Values of every magnitude that 16 bits hold, subnormal and overflowing ones, and the special values. */
function values(): Float32Array {
  const random = new Random(8)
  const spread = Array.from({ length: 20_000 }, () => random.normal() * 10 ** random.uniform(-45, 38))
  const around = Array.from({ length: 20_000 }, () => random.normal() * 2 ** random.uniform(-30, 17))
  return Float32Array.from([...spread, ...around, 0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
}

function python(script: string): void {
  execFileSync(oraclePython ?? '', ['-c', script], { stdio: ['ignore', 'ignore', 'inherit'] })
}

async function bytes(file: string, name: string): Promise<Uint8Array> {
  const opened = await openSafetensors(file)
  const { data } = await opened.read(name)
  await opened.close()
  return data
}

describe.skipIf(oraclePython === undefined)('as Python safetensors and torch', () => {
  test('torch reads our file and rounds float32 to the same 16 bits', async () => {
    const data = values()
    const shape = [data.length]
    await writeSafetensors(source, [
      { name: 'bytes', dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) },
      { name: 'f16', dtype: 'F16', shape, data },
      { name: 'bf16', dtype: 'BF16', shape, data },
      { name: 'f32', dtype: 'F32', shape, data },
      { name: 'scalar', dtype: 'F32', shape: [], data: Float32Array.of(3) },
      { name: 'empty', dtype: 'F32', shape: [2, 0], data: new Float32Array(0) },
    ])
    python(`
from safetensors import safe_open
from safetensors.torch import load_file
import torch
file = load_file(${JSON.stringify(source)})
assert safe_open(${JSON.stringify(source)}, "pt").metadata() == {"format": "pt"}
assert file["bytes"].tolist() == [1, 2, 3] and file["scalar"].item() == 3 and list(file["empty"].shape) == [2, 0]
assert torch.equal(file["f32"].half(), file["f16"]) and torch.equal(file["f32"].bfloat16(), file["bf16"])
`)
  })

  test('we read what torch wrote and widen 16 bits to the same float32', async () => {
    python(`
from safetensors.torch import save_file
import torch
halves = torch.arange(65536, dtype=torch.int32).to(torch.uint16)
f16, bf16 = halves.view(torch.float16), halves.view(torch.bfloat16)
f16, bf16 = f16[~f16.isnan()].clone(), bf16[~bf16.isnan()].clone()
save_file({
  "f16": f16, "f16.wide": f16.float(), "bf16": bf16, "bf16.wide": bf16.float(),
  "ids": torch.tensor([[1, -2]]), "mask": torch.tensor([True, False]), "odd": torch.ones(3, dtype=torch.uint8),
}, ${JSON.stringify(converted)}, {"format": "pt"})
`)
    const file = await openSafetensors(converted)
    for (const name of ['f16', 'bf16']) {
      const { data } = await file.readFloat32(name)
      const expected = await bytes(converted, `${name}.wide`)
      expect(Buffer.compare(Buffer.from(data.buffer), expected)).toBe(0)
    }
    expect(file.info('ids')).toEqual({ dtype: 'I64', shape: [1, 2], sizeBytes: 16 })
    expect(await file.read('mask')).toEqual({ dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) })
    expect((await file.read('odd')).data).toEqual(Uint8Array.of(1, 1, 1))
    await file.close()
  })
})
