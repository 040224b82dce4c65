import { MedtuneError } from '../../errors.js'
import type { Tensor } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'
import type { CachedKeyValue } from './attention.js'
import type { DecoderLayer, LayerActivations } from './decoder-layer.js'
import { type SequenceTables, tableTensors } from './sequence-tables.js'

// A layer's forward and backward as functions of flat lists of handles, so that a backend that can replays one recorded
// graph for all layers of a model (`Ops.trace`). Inputs: activations, tables, then parameter values; outputs likewise.

/** @returns y, float32 [N, E], owned by the open scope */
export function recordedForward(
  context: RunContext,
  layer: DecoderLayer,
  x: Tensor,
  tables: SequenceTables,
): Tensor {
  const run = recorded(context, layer, tables, 'forward', () => [layer.forward(context, x, tables)])
  return at(run([x, ...sharedInputs(layer, tables)]), 0)
}

/** As `DecoderLayer.decode`. */
export function recordedDecode(
  context: RunContext,
  layer: DecoderLayer,
  x: Tensor,
  tables: SequenceTables,
  cached: CachedKeyValue | undefined,
): { output: Tensor; key: Tensor; value: Tensor } {
  const run = recorded(context, layer, tables, 'decode', () => {
    const { output, key, value } = layer.decode(context, x, tables, cached)
    return [output, key, value]
  })
  const held = cached === undefined ? [] : [cached.key, cached.value]
  const results = run([x, ...held, ...sharedInputs(layer, tables)])
  return { output: at(results, 0), key: at(results, 1), value: at(results, 2) }
}

/** As `DecoderLayer.forwardForBackward`. */
export function recordedForwardForBackward(
  context: RunContext,
  layer: DecoderLayer,
  x: Tensor,
  tables: SequenceTables,
  wanted: { output: boolean; probabilities: boolean },
): { output: Tensor | undefined; activations: LayerActivations } {
  const name = `forwardForBackward(${wanted.output},${wanted.probabilities})`
  const run = recorded(context, layer, tables, name, () => {
    const { output, activations } = layer.forwardForBackward(context, x, tables, wanted)
    return [...packActivations(activations), ...(output === undefined ? [] : [output])]
  })
  const results = run([x, ...sharedInputs(layer, tables)])
  return wanted.output
    ? { output: at(results, results.length - 1), activations: unpackActivations(results.slice(0, -1)) }
    : { output: undefined, activations: unpackActivations(results) }
}

/** As `DecoderLayer.backward`. */
export function recordedBackward(
  context: RunContext,
  layer: DecoderLayer,
  dy: Tensor,
  saved: LayerActivations,
  tables: SequenceTables,
  needInputGradient: boolean,
  sink: GradientSink,
): Tensor | undefined {
  const trainable = layer.parameters().filter((parameter) => parameter.trainable)
  const run = recorded(context, layer, tables, `backward(${needInputGradient})`, () => {
    const { dx, gradients } = collectGradients(context, trainable, (collect) =>
      layer.backward(context, dy, saved, tables, needInputGradient, collect),
    )
    return dx === undefined ? gradients : [...gradients, dx]
  })
  const results = run([dy, ...packActivations(saved), ...sharedInputs(layer, tables)])
  trainable.forEach((parameter, index) => {
    sink(parameter, at(results, index))
  })
  return results[trainable.length]
}

/** Runs a backward function and returns the gradients in the order of `trainable`. */
function collectGradients(
  { ops }: RunContext,
  trainable: readonly Parameter[],
  backward: (sink: GradientSink) => Tensor | undefined,
): { dx: Tensor | undefined; gradients: Tensor[] } {
  const collected = new Map<Parameter, Tensor>()
  try {
    const dx = backward((parameter, gradient) => collected.set(parameter, ops.keep(gradient)))
    const gradients = trainable.map((parameter) => {
      const gradient = collected.get(parameter)
      if (gradient === undefined) throw new MedtuneError('INTERNAL', `${parameter.path} got no gradient.`)
      return gradient
    })
    return { dx, gradients }
  } catch (error) {
    ops.free(...collected.values())
    throw error
  }
}

type TensorFunction = (inputs: readonly Tensor[]) => readonly Tensor[]

function recorded(
  context: RunContext,
  layer: DecoderLayer,
  tables: SequenceTables,
  name: string,
  fn: TensorFunction,
): TensorFunction {
  const layerKey = layer.traceKey(context)
  if (layerKey === undefined) return fn
  const chunkEnds = tables.chunks.map((chunk) => chunk.end).join(',')
  return context.ops.trace(`${name};${tables.batchSize}x${chunkEnds};${layerKey}`, fn)
}

function sharedInputs(layer: DecoderLayer, tables: SequenceTables): Tensor[] {
  return [...tableTensors(tables), ...layer.parameters().map((parameter) => parameter.value)]
}

const fixedActivations = [
  'normalized',
  'inverseRms',
  'query',
  'key',
  'value',
  'attended',
  'postNormalized',
  'postInverseRms',
  'gate',
  'up',
] as const

/** All handles of a layer's activations: ten of a fixed order, then the probabilities of each chunk. */
export function packActivations(activations: LayerActivations): Tensor[] {
  return [...fixedActivations.map((name) => activations[name]), ...activations.probabilities]
}

function unpackActivations(tensors: readonly Tensor[]): LayerActivations {
  const entries = fixedActivations.map((name, index) => [name, at(tensors, index)] as const)
  const fixed = Object.fromEntries(entries) as Record<(typeof fixedActivations)[number], Tensor>
  return { ...fixed, probabilities: tensors.slice(fixedActivations.length) }
}

function at(tensors: readonly Tensor[], index: number): Tensor {
  const tensor = tensors[index]
  if (tensor === undefined) throw new MedtuneError('INTERNAL', `A layer returned no tensor ${index}.`)
  return tensor
}
