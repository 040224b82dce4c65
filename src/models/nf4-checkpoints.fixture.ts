import { cp, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { decodeNf4, encodeNf4 } from '../tensors/quantization.js'
import { nf4ConfigFields, nf4Entries } from '../tensors/quantization-entries.js'
import { openSafetensors } from '../tensors/safetensors.js'
import { type SafetensorsEntry, writeSafetensors } from '../tensors/safetensors-writer.js'
import { createCausalLM } from './create-causal-lm.js'
import { saveCausalLM } from './save-causal-lm.js'

/** Folders of one model: as it was made, with its layers' matrices in 4 bits, and with those decoded. */
export interface Nf4Checkpoints {
  readonly plain: string
  readonly packed: string
  readonly decoded: string
}

/**
 * Writes a model with random weights three times; in 4 bits values' matrices are quantized singly, the others doubly.
 *
 * @param dtype what the 4-bit matrices are said to have been, and are rounded to when decoded
 * @param quantizationFields beside ours in the packed model's configuration
 */
export async function writeNf4Checkpoints(
  root: string,
  config: Readonly<Record<string, unknown>>,
  {
    dtype,
    quantizationFields = {},
  }: { dtype: 'F16' | 'F32'; quantizationFields?: Readonly<Record<string, unknown>> },
): Promise<Nf4Checkpoints> {
  const folders = {
    plain: path.join(root, 'plain'),
    packed: path.join(root, 'packed'),
    decoded: path.join(root, 'decoded'),
  }
  const model = await createCausalLM(config, { seed: 3, backend: 'cpu' })
  await saveCausalLM(model, folders.plain)
  model.dispose()
  const plain = await openSafetensors(path.join(folders.plain, 'model.safetensors'))
  const packed: SafetensorsEntry[] = []
  const decoded: SafetensorsEntry[] = []
  for (const name of plain.names) {
    const { data, shape } = await plain.readFloat32(name)
    const isPacked = shape.length === 2 && name.includes('.layers.')
    const tensor = encodeNf4(data, { shape, dtype, doubleQuantization: !name.includes('v_proj') })
    const entry = { name, dtype: 'F32' as const, shape }
    packed.push(...(isPacked ? nf4Entries(name, tensor) : [{ ...entry, data }]))
    decoded.push({ ...entry, data: isPacked ? decodeNf4(tensor) : data })
  }
  await plain.close()
  await rewritten(folders, 'packed', packed)
  await rewritten(folders, 'decoded', decoded)
  const quantization = { ...nf4ConfigFields(true), ...quantizationFields }
  const json = { ...config, quantization_config: quantization }
  await writeFile(path.join(folders.packed, 'config.json'), JSON.stringify(json))
  return folders
}

async function rewritten(
  folders: Nf4Checkpoints,
  name: 'packed' | 'decoded',
  entries: readonly SafetensorsEntry[],
): Promise<void> {
  await cp(folders.plain, folders[name], { recursive: true })
  await writeSafetensors(path.join(folders[name], 'model.safetensors'), entries)
}
