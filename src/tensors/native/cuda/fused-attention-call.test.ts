import { expect, test } from 'vitest'
import { tensorflowTypes } from '../binding.js'
import { backwardCall, type FusedAttentionCall, forwardCall, graphOf } from './fused-attention-call.js'

const { float32, uint8, bfloat16 } = tensorflowTypes

/** Four query heads that share two key heads. */
const sizes = { heads: 4, groups: 2, batch: 3, length: 200, width: 64 }
const query = [3, 4, 200, 64]
const key = [3, 2, 200, 64]

function attributesOf({ operation }: FusedAttentionCall): Record<string, unknown> {
  return Object.fromEntries(
    operation.attributes.map((attribute) => {
      if ('types' in attribute) return [attribute.name, attribute.types]
      return [attribute.name, 'shapes' in attribute ? attribute.shapes : attribute.value]
    }),
  )
}

function configurationOf(call: FusedAttentionCall): Record<string, unknown> {
  const { backend_config } = attributesOf(call)
  return JSON.parse(String(backend_config)).cudnn_fmha_backend_config
}

function axes(left: string, right: string): Record<string, string[]> {
  return {
    ...{ lhs_contracting_dimensions: [left], rhs_contracting_dimensions: [right] },
    ...{ lhs_batch_dimensions: ['0', '1'], rhs_batch_dimensions: ['0', '1'] },
  }
}

test('the forward call has the shapes of grouped heads, statistics and a workspace', () => {
  const call = forwardCall(sizes)
  expect(call.operation.name).toBe('XlaCustomCallV2')
  expect(call.inputs.map(({ shape }) => shape)).toEqual([query, key, key])
  expect(call.outputCount).toBe(2)
  expect(attributesOf(call)).toMatchObject({
    ...{ call_target_name: '__cudnn$fmhaSoftmax', has_side_effect: false },
    operand_dtypes: [bfloat16, bfloat16, bfloat16],
    result_dtypes: [bfloat16, float32, uint8],
    result_shapes: [query, [3, 4, 200], [0]],
  })
})

test('the backward call takes Q, K, V, statistics, dO, O and gives dQ, dK, dV', () => {
  const call = backwardCall(sizes)
  expect(call.inputs.map(({ shape }) => shape)).toEqual([query, key, key, [3, 4, 200], query, query])
  expect(call.outputCount).toBe(3)
  expect(attributesOf(call)).toMatchObject({
    call_target_name: '__cudnn$fmhaSoftmaxBackward',
    operand_dtypes: [bfloat16, bfloat16, bfloat16, float32, bfloat16, bfloat16],
    result_dtypes: [bfloat16, bfloat16, bfloat16, uint8],
    result_shapes: [query, key, key, [0]],
  })
})

test('the configuration is causal, unscaled, without dropout, and names the axes of every product', () => {
  const shared = {
    ...{ fmha_scale: 1, dropout_rate: 0, is_flash_attention: true, mask_type: 'CAUSAL' },
    intermediate_tensor_shape: { element_type: 'BF16', dimensions: ['3', '4', '200', '200'] },
    algorithm: { algo_id: '0', math_type: 'TENSOR_OP_MATH', is_cudnn_frontend: true, workspace_size: '0' },
  }
  const forward = configurationOf(forwardCall(sizes))
  expect(forward).toMatchObject({
    ...shared,
    bmm1_dot_dimension_numbers: axes('3', '3'),
    bmm2_dot_dimension_numbers: axes('3', '2'),
  })
  const backward = configurationOf(backwardCall(sizes))
  expect(backward).toMatchObject({
    ...shared,
    bmm1_grad_gemm1_dot_dimension_numbers: axes('2', '2'),
    bmm1_grad_gemm2_dot_dimension_numbers: axes('3', '2'),
    bmm2_grad_gemm1_dot_dimension_numbers: axes('2', '2'),
    bmm2_grad_gemm2_dot_dimension_numbers: axes('3', '3'),
  })
  expect(Object.keys(backward)).not.toContain('bmm1_dot_dimension_numbers')
})

test('a graph of one call names its inputs and the outputs that mean something', () => {
  const { inputs, outputs } = graphOf(backwardCall(sizes))
  expect(inputs).toHaveLength(6)
  expect(outputs).toEqual(['call:0', 'call:1', 'call:2'])
})
