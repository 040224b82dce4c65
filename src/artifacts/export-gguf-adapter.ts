import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { readAdapterConfig } from '../lora/load-adapter.js'
import type { ModelConfig } from '../models/model-config.js'
import { type AdapterTensors, openAdapterTensors } from './adapter-tensors.js'
import { openBaseWeights } from './base-weights.js'
import type { GgufReport } from './export-gguf.js'
import { type GgufFamily, ggufFamilyOf, unsupportedByGguf } from './gguf-families.js'
import { type GgufWeight, ggufValues, ggufWeights } from './gguf-weights.js'
import { type GgufTensor, type GgufValue, writeGguf } from './gguf-writer.js'

export interface ExportGgufAdapterOptions {
  /** Folder of the model that the adapter was trained on, for names and shapes. */
  readonly base: string
  /** PEFT folder. */
  readonly adapter: string
  readonly file: string
  readonly signal?: AbortSignal
}

/**
 * Writes an adapter as GGUF, float32, to be used with a GGUF file of its base. llama.cpp multiplies B·A by
 * alpha / rank with one alpha for all tensors, so each B is multiplied by what its own scale differs from that.
 *
 * @throws INVALID_ADAPTER, UNSUPPORTED_MODEL, FILE_UNWRITABLE, INTERRUPTED; as `openBaseWeights`, `openAdapterTensors`
 */
export async function exportGgufAdapter(options: ExportGgufAdapterOptions): Promise<GgufReport> {
  const { config } = await readAdapterConfig(options.adapter)
  const base = await openBaseWeights(options.base)
  let adapter: AdapterTensors | undefined
  try {
    adapter = await openAdapterTensors(options.adapter, base.specs)
    const [saved] = adapter.savedPaths
    if (saved !== undefined) {
      throw unsupportedByGguf(
        `${saved} of modules_to_save`,
        'an adapter for llama.cpp has A and B alone. Use --to gguf',
      )
    }
    const family = ggufFamilyOf(base.config)
    const tensors: GgufTensor[] = []
    for (const weight of ggufWeights(family, base.specs)) {
      const { signal } = options
      const { config: model } = base
      tensors.push(...factorTensors({ family, model, weight, adapter, alpha: config.loraAlpha, signal }))
    }
    const text = (value: string): GgufValue => ({ type: 'string', value })
    const metadata = new Map<string, GgufValue>([
      ['general.architecture', text(family.architecture)],
      ['general.type', text('adapter')],
      ['general.name', text(path.basename(path.resolve(options.adapter)))],
      ['general.file_type', { type: 'u32', value: 0 }],
      ['adapter.type', text('lora')],
      ['adapter.lora.alpha', { type: 'f32', value: config.loraAlpha }],
    ])
    const totalBytes = await writeGguf(options.file, metadata, tensors)
    return { file: path.resolve(options.file), tensors: tensors.length, totalBytes, notes: [] }
  } finally {
    await adapter?.close()
    await base.weights.close()
  }
}

interface FactorsToWrite {
  readonly family: GgufFamily
  readonly model: ModelConfig
  readonly weight: GgufWeight
  readonly adapter: AdapterTensors
  /** The one alpha of the file. */
  readonly alpha: number
  readonly signal: AbortSignal | undefined
}

/**
 * A and B of one tensor of the file, none where the adapter leaves it alone. Of stacked parts the ranks add up: A's are
 * stacked too, and each part's rows of B have their numbers in the columns of its own A and zeros elsewhere.
 */
function factorTensors({ family, model, weight, adapter, alpha, signal }: FactorsToWrite): GgufTensor[] {
  const { name, shape, parts } = weight
  const [rows = 0, inFeatures = 0] = shape
  const rank = parts.reduce((sum, spec) => sum + (adapter.sizes(spec)?.r ?? 0), 0)
  if (rank === 0) return []
  const fill = async (factor: 'a' | 'b', size: number): Promise<Float32Array> => {
    if (signal?.aborted) throw new MedtuneError('INTERRUPTED', 'The export was stopped; nothing was written.')
    const values = new Float32Array(size)
    const at = { row: 0, column: 0 }
    for (const spec of parts) {
      const found = await adapter.factors(spec)
      if (found !== undefined && factor === 'a') values.set(found.a, at.column * inFeatures)
      if (found !== undefined && factor === 'b') {
        const scaled = found.b.map((value) => (value * found.scale * rank) / alpha)
        const b = ggufValues(family, model, spec, scaled)
        for (let row = 0; row * found.r < b.length; row++) {
          values.set(b.subarray(row * found.r, (row + 1) * found.r), (at.row + row) * rank + at.column)
        }
      }
      at.row += spec.shape[0] ?? 0
      at.column += found?.r ?? 0
    }
    return values
  }
  return [
    {
      name: `${name}.lora_a`,
      shape: [rank, inFeatures],
      type: 'F32',
      data: () => fill('a', rank * inFeatures),
    },
    { name: `${name}.lora_b`, shape: [rows, rank], type: 'F32', data: () => fill('b', rows * rank) },
  ]
}
