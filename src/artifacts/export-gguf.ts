import path from 'node:path'
import { MedtuneError } from '../errors.js'
import type { WeightSpec } from '../models/architecture.js'
import type { ModelConfig } from '../models/model-config.js'
import { elementCount } from '../tensors/dtype.js'
import { type AdapterTensors, openAdapterTensors } from './adapter-tensors.js'
import { type BaseWeights, openBaseWeights } from './base-weights.js'
import { elementsPerBlock, type GgufTensorType } from './gguf-blocks.js'
import { type GgufFamily, ggufFamilyOf } from './gguf-families.js'
import { ggufModelMetadata, modelNotes, ropeFactorTensors } from './gguf-model-metadata.js'
import { ggufModelName } from './gguf-model-name.js'
import { ggufTokenizerMetadata, tokenizerNotes } from './gguf-tokenizer.js'
import { type GgufWeight, ggufValues, ggufWeights } from './gguf-weights.js'
import { type GgufMetadata, type GgufTensor, type GgufValue, writeGguf } from './gguf-writer.js'
import { checkFloat16Range, readMergedWeight } from './merged-weight.js'
import { readStoredTokenizer, type StoredTokenizer } from './stored-tokenizer.js'

type GgufQuantization = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0'

export interface ExportGgufOptions {
  /** Folder of the base: 16- or 32-bit weights, or bitsandbytes NF4, which is dequantized first. */
  readonly base: string
  /** PEFT folder, folded in; without it the base itself is written. */
  readonly adapter?: string
  readonly file: string
  /** Type of the matrices, default f16. Vectors stay float32; rows that are no whole blocks of 32 become f16. */
  readonly quantization?: GgufQuantization
  readonly signal?: AbortSignal
  /** Tensors written, of all that will be. */
  readonly onProgress?: (done: number, total: number) => void
}

export interface GgufReport {
  readonly file: string
  readonly tensors: number
  readonly totalBytes: number
  /** Where llama.cpp is known to differ from this model, in whole sentences for people. */
  readonly notes: readonly string[]
}

/** Type of the matrices and llama.cpp's number for the whole file. */
const quantizations: Readonly<Record<GgufQuantization, { type: GgufTensorType; fileType: number }>> = {
  f32: { type: 'F32', fileType: 0 },
  f16: { type: 'F16', fileType: 1 },
  q4_0: { type: 'Q4_0', fileType: 2 },
  q8_0: { type: 'Q8_0', fileType: 7 },
  bf16: { type: 'BF16', fileType: 32 },
}

/**
 * Writes one GGUF file for llama.cpp and what is built on it: the model with the adapter folded in, its tokenizer and its
 * chat template. One tensor is in memory at a time; the file appears whole or not at all.
 *
 * @throws UNSUPPORTED_MODEL for a family or tokenizer that llama.cpp has no form for; INVALID_ARGUMENT, FILE_UNWRITABLE,
 * INTERRUPTED; as `openBaseWeights`, `openAdapterTensors`
 */
export async function exportGguf(options: ExportGgufOptions): Promise<GgufReport> {
  const base = await openBaseWeights(options.base)
  let adapter: AdapterTensors | undefined
  try {
    adapter =
      options.adapter === undefined ? undefined : await openAdapterTensors(options.adapter, base.specs)
    const family = ggufFamilyOf(base.config)
    const tensors = ggufTensors(family, base, adapter, options)
    const folders = [...(options.adapter === undefined ? [] : [options.adapter]), options.base]
    const stored = await readStoredTokenizer(folders)
    const totalBytes = await writeGguf(
      options.file,
      fileMetadata(family, base.config, { ...options, stored }),
      tensors,
    )
    const notes = [...modelNotes(family, base.config), ...tokenizerNotes(stored.json, base.config.vocabSize)]
    return { file: path.resolve(options.file), tensors: tensors.length, totalBytes, notes }
  } finally {
    await adapter?.close()
    await base.weights.close()
  }
}

function fileMetadata(
  family: GgufFamily,
  config: ModelConfig,
  { base, adapter, quantization = 'f16', stored }: ExportGgufOptions & { readonly stored: StoredTokenizer },
): GgufMetadata {
  const name = ggufModelName(path.basename(path.resolve(adapter ?? base)), stored.json)
  return new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: family.architecture }],
    ['general.type', { type: 'string', value: 'model' }],
    ['general.name', { type: 'string', value: name }],
    ['general.file_type', { type: 'u32', value: quantizations[quantization].fileType }],
    ['general.quantization_version', { type: 'u32', value: 2 }],
    ...ggufModelMetadata(family, config),
    ...ggufTokenizerMetadata(stored, config.vocabSize),
  ])
}

function ggufTensors(
  family: GgufFamily,
  { config, specs, weights }: BaseWeights,
  adapter: AdapterTensors | undefined,
  { quantization = 'f16', signal, onProgress }: ExportGgufOptions,
): GgufTensor[] {
  const factors = ropeFactorTensors(family, config)
  const named = ggufWeights(family, specs)
  const total = named.length + factors.length
  let done = 0
  const read = async ({ name, shape, parts }: GgufWeight, type: GgufTensorType): Promise<Float32Array> => {
    if (signal?.aborted) throw new MedtuneError('INTERRUPTED', 'The export was stopped; nothing was written.')
    const values = await stackRows(shape, parts, async (spec) =>
      ggufValues(family, config, spec, await readMergedWeight(weights, adapter, spec)),
    )
    // The scale of a block is float16 too, and at most the largest value.
    if (type !== 'F32' && type !== 'BF16') checkFloat16Range(name, values)
    onProgress?.(++done + factors.length, total)
    return values
  }
  const tensors = named.map((weight): GgufTensor => {
    const { name, shape } = weight
    const type = tensorType(weight, quantization, config.tieWordEmbeddings)
    return { name, shape, type, data: () => read(weight, type) }
  })
  return [...factors, ...tensors]
}

/** Parts one behind the other; one alone is not copied. */
async function stackRows(
  shape: readonly number[],
  parts: readonly WeightSpec[],
  read: (part: WeightSpec) => Promise<Float32Array>,
): Promise<Float32Array> {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return await read(first)
  const values = new Float32Array(elementCount(shape))
  let at = 0
  for (const part of parts) {
    const data = await read(part)
    values.set(data, at)
    at += data.length
  }
  return values
}

/** The output head suffers most from 4 bits, so it keeps 8, as does the embedding where it is the head. */
function tensorType(
  { name, shape }: GgufWeight,
  quantization: GgufQuantization,
  isTied: boolean,
): GgufTensorType {
  const { type } = quantizations[quantization]
  if (shape.length === 1) return 'F32'
  if ((shape.at(-1) ?? 0) % elementsPerBlock(type) !== 0) return 'F16'
  const isHead = name === (isTied ? 'token_embd.weight' : 'output.weight')
  return type === 'Q4_0' && isHead ? 'Q8_0' : type
}
