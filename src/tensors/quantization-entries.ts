import type { FloatStorageDtype } from './dtype.js'
import type { Nf4Tensor } from './quantization.js'
import { stateSuffix } from './quantization-checkpoint.js'
import type { SafetensorsEntry } from './safetensors-writer.js'

const dtypeNames: Readonly<Record<FloatStorageDtype, string>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
}

/**
 * The tensors under which bitsandbytes stores a 4-bit one: its bytes, the maxima of its blocks, the levels, and how they
 * belong together. Its fields are read when their turn to be written comes, so getters may make them then.
 */
export function nf4Entries(name: string, tensor: Nf4Tensor): SafetensorsEntry[] {
  const { shape, dtype, blockSize, levels, absmax } = tensor
  const bytes = Math.ceil(shape.reduce((product, size) => product * size, 1) / 2)
  const state = { quant_type: 'nf4', blocksize: blockSize, dtype: dtypeNames[dtype], shape }
  const common: SafetensorsEntry[] = [
    { name, dtype: 'U8', shape: [bytes, 1], data: () => tensor.packed },
    { name: `${name}.quant_map`, dtype: 'F32', shape: [levels.length], data: levels },
  ]
  if (absmax instanceof Float32Array) {
    const maxima: SafetensorsEntry = {
      name: `${name}.absmax`,
      dtype: 'F32',
      shape: [absmax.length],
      data: absmax,
    }
    return [...common, maxima, stateEntry(name, state)]
  }
  const blocks = Math.ceil((2 * bytes) / blockSize)
  const nestedBlocks = Math.ceil(blocks / absmax.blockSize)
  return [
    ...common,
    { name: `${name}.absmax`, dtype: 'U8', shape: [blocks], data: () => absmax.codes },
    { name: `${name}.nested_absmax`, dtype: 'F32', shape: [nestedBlocks], data: () => absmax.absmax },
    { name: `${name}.nested_quant_map`, dtype: 'F32', shape: [256], data: absmax.levels },
    stateEntry(name, {
      ...state,
      nested_blocksize: absmax.blockSize,
      nested_dtype: 'float32',
      nested_offset: absmax.offset,
    }),
  ]
}

function stateEntry(name: string, state: Readonly<Record<string, unknown>>): SafetensorsEntry {
  const data = new TextEncoder().encode(JSON.stringify(state))
  return { name: name + stateSuffix, dtype: 'U8', shape: [data.length], data }
}

/** `quantization_config` of a `config.json` whose checkpoint holds such tensors. */
export function nf4ConfigFields(doubleQuantization: boolean): Readonly<Record<string, unknown>> {
  return {
    ...{ quant_method: 'bitsandbytes', load_in_4bit: true, load_in_8bit: false },
    ...{ _load_in_4bit: true, _load_in_8bit: false },
    ...{ bnb_4bit_quant_type: 'nf4', bnb_4bit_use_double_quant: doubleQuantization },
    ...{ bnb_4bit_compute_dtype: 'bfloat16', bnb_4bit_quant_storage: 'uint8' },
    // Without llm_int8_threshold: transformers wants it written as 6.0, which JSON.stringify never does, and takes 6.0 by default.
    ...{ llm_int8_skip_modules: null, llm_int8_has_fp16_weight: false },
    llm_int8_enable_fp32_cpu_offload: false,
  }
}
