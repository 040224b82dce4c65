import { attention, attentionBackward } from '../../fused/attention.js'
import { causalChunks, type QueryChunk } from '../../fused/query-chunks.js'
import type { Ops, Tensor } from '../../ops.js'
import type { NativeBinding } from '../binding.js'
import { NativeOps } from '../native-ops.js'
import { OpRecorder } from '../op-recorder.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'

/** What a kernel gets wrong, for trials that must notice. Tensors are [B, heads, T, D] as in the call; `sizes` are its own. */
export interface KernelFault {
  readonly mask?: (ops: Ops, length: number) => QueryChunk[]
  readonly inputs?: (ops: Ops, inputs: readonly Tensor[]) => readonly Tensor[]
  readonly attended?: (ops: Ops, attended: Tensor) => Tensor
  readonly gradients?: (ops: Ops, gradients: readonly Tensor[]) => readonly Tensor[]
}

/** Graphs that were registered with cuDNN's call among other operations. */
export interface StandIn {
  readonly binding: NativeBinding
  readonly graphs: Buffer[]
}

/**
 * The binding of a processor that has the two kernels after all: functions of one call compute attention in chunks
 * instead. Inside of a larger function the call stays, and XLA refuses it.
 */
export function withStandInKernels(
  binding: NativeBinding,
  sizes: { readonly groups: number; readonly width: number },
  fault: KernelFault = {},
): StandIn {
  const graphs: Buffer[] = []
  const addFunction: NativeBinding['addFunction'] = (name, graphDef, inputs, outputs, compile) => {
    const graph = Buffer.from(graphDef)
    const target = /__cudnn\$fmhaSoftmax(?:Backward)?/.exec(graph.toString('latin1'))?.[0]
    if (target !== undefined && name.startsWith('medtune_attention_')) {
      addPlain(binding, name, { ...callSizes(graph), ...sizes, backward: target.endsWith('Backward') }, fault)
      return
    }
    if (target !== undefined) graphs.push(graph)
    binding.addFunction(name, graphDef, inputs, outputs, compile)
  }
  return { binding: Object.create(binding, { addFunction: { value: addFunction } }), graphs }
}

interface CallSizes {
  readonly batch: number
  readonly heads: number
  readonly length: number
}

function callSizes(graph: Buffer): CallSizes {
  const text = /"dimensions":(\[[^\]]*\])/.exec(graph.toString('latin1'))?.[1] ?? '[]'
  const [batch = 0, heads = 0, length = 0] = (JSON.parse(text) as string[]).map(Number)
  return { batch, heads, length }
}

function addPlain(
  binding: NativeBinding,
  name: string,
  sizes: CallSizes & { readonly groups: number; readonly width: number; readonly backward: boolean },
  fault: KernelFault,
): void {
  const { batch, heads, groups, length, width, backward } = sizes
  const ops = new NativeOps(binding, { recordAtCall: 0 })
  const runner = Reflect.get(ops, 'runner') as OpRunner
  const [query, key] = [heads, groups].map((count) => [batch, count, length, width]) as [number[], number[]]
  const shapes = backward ? [query, key, key, query.slice(0, 3), query, query] : [query, key, key]
  ops.scope(() => {
    const inputs = shapes.map((shape) => ops.full(shape, 0, shape.length === 3 ? 'float32' : 'bfloat16'))
    const recorder = new OpRecorder(name, inputs as NativeTensor[], (tensor) => runner.download(tensor))
    runner.observer = recorder
    const results = backward ? plainBackward(ops, inputs, fault) : plainForward(ops, inputs, fault)
    runner.observer = undefined
    const graph = recorder.finish(results as NativeTensor[])
    binding.addFunction(name, graph.graphDef, graph.inputs, graph.outputs, false)
  })
  ops.dispose()
}

function plainForward(ops: Ops, given: readonly Tensor[], fault: KernelFault): Tensor[] {
  const inputs = headMajor(ops, fault.inputs?.(ops, given) ?? given)
  const { attended } = attention(ops, inputs, { chunks: chunksOf(ops, given, fault) }, false)
  const output = swapped(ops, attended)
  const [batch = 0, heads = 0, length = 0] = output.shape
  return [fault.attended?.(ops, output) ?? output, ops.full([batch, heads, length], 0)]
}

function plainBackward(ops: Ops, given: readonly Tensor[], fault: KernelFault): readonly Tensor[] {
  const inputs = headMajor(ops, fault.inputs?.(ops, given) ?? given)
  const [dAttended, attended] = given.slice(4).map((x) => swapped(ops, x)) as [Tensor, Tensor]
  const rule = { chunks: chunksOf(ops, given, fault) }
  const outputs = { attended, probabilities: [] }
  const { dQuery, dKey, dValue } = attentionBackward(ops, inputs, outputs, dAttended, rule)
  const gradients = [dQuery, dKey, dValue].map((x) => swapped(ops, ops.cast(x, 'bfloat16')))
  return fault.gradients?.(ops, gradients) ?? gradients
}

function chunksOf(ops: Ops, [query]: readonly Tensor[], { mask }: KernelFault): QueryChunk[] {
  const length = query?.shape[2] ?? 0
  return mask?.(ops, length) ?? causalChunks(ops, length)
}

function headMajor(ops: Ops, inputs: readonly Tensor[]): { query: Tensor; key: Tensor; value: Tensor } {
  const [query, key, value] = inputs.slice(0, 3).map((x) => swapped(ops, x)) as [Tensor, Tensor, Tensor]
  return { query, key, value }
}

function swapped(ops: Ops, x: Tensor): Tensor {
  return ops.transpose(x, [1, 0, 2, 3])
}
