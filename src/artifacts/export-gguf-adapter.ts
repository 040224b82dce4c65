import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { readAdapterConfig } from '../lora/load-adapter.js'
import type { WeightSpec } from '../models/architecture.js'
import { type AdapterTensors, openAdapterTensors } from './adapter-tensors.js'
import { openBaseWeights } from './base-weights.js'
import type { GgufReport } from './export-gguf.js'
import { type GgufFamily, ggufFamilyOf, ggufTensorName, ggufValues } from './gguf-families.js'
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
    const family = ggufFamilyOf(base.config)
    const tensors: GgufTensor[] = []
    for (const spec of base.specs) {
      const sizes = adapter.sizes(spec)
      if (sizes === undefined) continue
      tensors.push(...factorTensors(family, adapter, { spec, ...sizes, alpha: config.loraAlpha, ...options }))
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
    return { file: path.resolve(options.file), tensors: tensors.length, totalBytes }
  } finally {
    await adapter?.close()
    await base.weights.close()
  }
}

interface FactorsToWrite {
  readonly spec: WeightSpec
  readonly r: number
  readonly scale: number
  /** The one alpha of the file. */
  readonly alpha: number
  readonly signal?: AbortSignal
}

function factorTensors(
  family: GgufFamily,
  adapter: AdapterTensors,
  { spec, r, scale, alpha, signal }: FactorsToWrite,
): GgufTensor[] {
  const [outFeatures = 0, inFeatures = 0] = spec.shape
  const name = ggufTensorName(family, spec.path)
  const read = async (): Promise<{ a: Float32Array; b: Float32Array }> => {
    if (signal?.aborted) throw new MedtuneError('INTERRUPTED', 'The export was stopped; nothing was written.')
    const factors = await adapter.factors(spec)
    if (factors === undefined) throw new MedtuneError('INTERNAL', `no factors for ${spec.path}.`)
    return factors
  }
  const correction = (scale * r) / alpha
  const scaledB = async (): Promise<Float32Array> => {
    const { b } = await read()
    return ggufValues(family, spec, correction === 1 ? b : b.map((value) => value * correction))
  }
  return [
    { name: `${name}.lora_a`, shape: [r, inFeatures], type: 'F32', data: async () => (await read()).a },
    { name: `${name}.lora_b`, shape: [outFeatures, r], type: 'F32', data: scaledB },
  ]
}
