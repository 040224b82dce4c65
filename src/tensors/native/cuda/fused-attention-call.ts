import { tensorflowTypes } from '../binding.js'
import { type GraphAttribute, GraphDefWriter, kernelCallName } from '../graph-def.js'
import { boolAttribute, stringAttribute } from '../op-attributes.js'

const { float32, uint8, bfloat16 } = tensorflowTypes

/** Sizes of one attention: H query heads, K key heads, B rows of T tokens, head size D. */
export interface AttentionSizes {
  readonly heads: number
  readonly groups: number
  readonly batch: number
  readonly length: number
  readonly width: number
}

/** An input or output of a call. */
interface CallTensor {
  readonly type: number
  readonly shape: readonly number[]
}

/** One call of cuDNN's attention, as XLA takes it. */
export interface FusedAttentionCall {
  readonly operation: { readonly name: string; readonly attributes: readonly GraphAttribute[] }
  readonly inputs: readonly CallTensor[]
  /** Outputs that mean something: XLA's own workspace comes after them. */
  readonly outputCount: number
}

/** Contracting axes and batch axes of a product [left, right] of matrices with their heads in front. */
type ProductAxes = readonly [left: number, right: number]

// Scores [B, H, T, S], the others [B, heads, T, D]: which axes each product of the two passes sums over.
const forwardProducts: Readonly<Record<string, ProductAxes>> = {
  bmm1: [3, 3], // Q Kᵀ
  bmm2: [3, 2], // P V
}
const backwardProducts: Readonly<Record<string, ProductAxes>> = {
  bmm1_grad_gemm1: [2, 2], // dSᵀ Q
  bmm1_grad_gemm2: [3, 2], // dS K
  bmm2_grad_gemm1: [2, 2], // Pᵀ dO
  bmm2_grad_gemm2: [3, 3], // dO Vᵀ
}

/**
 * Attended values [B, H, T, D] and statistics [B, H, T] of Q [B, H, T, D], K and V [B, K, T, D]: bfloat16, causal. Q is
 * scaled beforehand.
 */
export function forwardCall(sizes: AttentionSizes): FusedAttentionCall {
  const { query, key, statistics } = tensorsOf(sizes)
  return customCall('__cudnn$fmhaSoftmax', configuration(sizes, forwardProducts), {
    inputs: [query, key, key],
    outputs: [query, statistics],
  })
}

/** dQ, dK and dV from Q, K, V, statistics, dO and O, in this order. */
export function backwardCall(sizes: AttentionSizes): FusedAttentionCall {
  const { query, key, statistics } = tensorsOf(sizes)
  return customCall('__cudnn$fmhaSoftmaxBackward', configuration(sizes, backwardProducts), {
    inputs: [query, key, key, statistics, query, query],
    outputs: [query, key, key],
  })
}

/** A graph that is this call and nothing else. */
export function graphOf({ operation, inputs, outputCount }: FusedAttentionCall): {
  graphDef: Uint8Array
  inputs: string[]
  outputs: string[]
} {
  const writer = new GraphDefWriter()
  const names = inputs.map(({ type, shape }, index) => {
    writer.placeholder(`input${index}`, type, shape)
    return `input${index}:0`
  })
  writer.operation('call', operation.name, names, operation.attributes)
  const outputs = Array.from({ length: outputCount }, (_, index) => `call:${index}`)
  return { graphDef: writer.finish(), inputs: names, outputs }
}

function tensorsOf({ heads, groups, batch, length, width }: AttentionSizes): {
  query: CallTensor
  key: CallTensor
  statistics: CallTensor
} {
  return {
    query: { type: bfloat16, shape: [batch, heads, length, width] },
    key: { type: bfloat16, shape: [batch, groups, length, width] },
    statistics: { type: float32, shape: [batch, heads, length] },
  }
}

/** @see xla/service/gpu/backend_configs.proto, CudnnfMHABackendConfig, for the fields; 64-bit numbers are text in JSON */
function configuration(
  { heads, batch, length }: AttentionSizes,
  products: Readonly<Record<string, ProductAxes>>,
): string {
  const batchAxes = { lhs_batch_dimensions: ['0', '1'], rhs_batch_dimensions: ['0', '1'] }
  const axes = Object.entries(products).map(([name, [left, right]]) => [
    `${name}_dot_dimension_numbers`,
    {
      lhs_contracting_dimensions: [String(left)],
      rhs_contracting_dimensions: [String(right)],
      ...batchAxes,
    },
  ])
  const scores = {
    element_type: 'BF16',
    dimensions: [batch, heads, length, length].map(String),
    tuple_shapes: [],
    layout: { minor_to_major: ['3', '2', '1', '0'] },
    is_dynamic_dimension: [false, false, false, false],
  }
  const algorithm = {
    algo_id: '0',
    math_type: 'TENSOR_OP_MATH',
    tuning_knobs: { '17': '1', '24': '0' },
    is_cudnn_frontend: true,
    workspace_size: '0',
  }
  return JSON.stringify({
    operation_queue_id: '0',
    wait_on_operation_queues: [],
    cudnn_fmha_backend_config: {
      algorithm,
      fmha_scale: 1,
      dropout_rate: 0,
      intermediate_tensor_shape: scores,
      is_flash_attention: true,
      mask_type: 'CAUSAL',
      ...Object.fromEntries(axes),
    },
  })
}

function customCall(
  target: string,
  backendConfig: string,
  { inputs, outputs }: { inputs: readonly CallTensor[]; outputs: readonly CallTensor[] },
): FusedAttentionCall {
  // XLA finds out how much room cuDNN wants and gives it through this last output.
  const results = [...outputs, { type: uint8, shape: [0] }]
  const attributes: GraphAttribute[] = [
    stringAttribute('call_target_name', target),
    stringAttribute('backend_config', backendConfig),
    boolAttribute('has_side_effect', false),
    { name: 'operand_dtypes', types: inputs.map(({ type }) => type) },
    { name: 'result_dtypes', types: results.map(({ type }) => type) },
    { name: 'result_shapes', shapes: results.map(({ shape }) => shape) },
  ]
  return { operation: { name: kernelCallName, attributes }, inputs, outputCount: outputs.length }
}
