import { MedtuneError } from '../../errors.js'
import type { Tensor } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'
import type { CachedKeyValue } from './attention.js'
import type { DecoderLayer, LayerActivations } from './decoder-layer.js'
import { type SequenceTables, tablesKey, tableTensors } from './sequence-tables.js'

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
  const inPlace = cached !== undefined && tables.place !== undefined
  const run = recorded(context, layer, tables, 'decode', () => {
    const { output, key, value } = layer.decode(context, x, tables, cached)
    return inPlace ? [output] : [output, key, value]
  })
  const held = cached === undefined ? [] : [cached.key, cached.value]
  const results = run([x, ...held, ...sharedInputs(layer, tables)])
  if (inPlace) return { output: at(results, 0), ...cached }
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
  const output = wanted.output ? at(results, results.length - 1) : undefined
  const kept = wanted.output ? results.slice(0, -1) : results
  return { output, activations: unpackActivations(kept, keptNorms(layer)) }
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
  return context.ops.trace(`${name};${tablesKey(tables)};${layerKey}`, fn)
}

function sharedInputs(layer: DecoderLayer, tables: SequenceTables): Tensor[] {
  return [...tableTensors(tables), ...layer.parameters().map((parameter) => parameter.value)]
}

const singles = ['query', 'key', 'value', 'attended', 'gate', 'up'] as const
const norms = [
  'attentionRows',
  'queryRows',
  'keyRows',
  'attentionOutputRows',
  'mlpRows',
  'mlpOutputRows',
] as const

/**
 * All handles of a layer's activations: those of every layer, those of its norms, then the probabilities of each chunk
 * or the statistics of the fused kernel.
 */
export function packActivations(activations: LayerActivations): Tensor[] {
  const rows = norms.flatMap((name) => {
    const kept = activations[name]
    return kept === undefined ? [] : [kept.normalized, kept.inverseRms]
  })
  return [...singles.map((name) => activations[name]), ...rows, ...keptScores(activations)]
}

function keptScores({ probabilities, statistics }: LayerActivations): readonly Tensor[] {
  return statistics === undefined ? probabilities : [statistics]
}

/** A recorded layer does not say which road it took: statistics have three axes, probabilities five. */
function unpackScores(kept: readonly Tensor[]): Pick<LayerActivations, 'probabilities' | 'statistics'> {
  const [first] = kept
  if (first?.shape.length === 3) return { probabilities: [], statistics: first }
  return { probabilities: kept, statistics: undefined }
}

function unpackActivations(
  tensors: readonly Tensor[],
  hasNorm: (name: NormName) => boolean,
): LayerActivations {
  const rest = [...tensors]
  const next = (): Tensor => at([rest.shift()], 0)
  const handles = Object.fromEntries(singles.map((name) => [name, next()]))
  const rows = norms.map((name) => [
    name,
    hasNorm(name) ? { normalized: next(), inverseRms: next() } : undefined,
  ])
  return { ...handles, ...Object.fromEntries(rows), ...unpackScores(rest) } as LayerActivations
}

type NormName = (typeof norms)[number]

/** The norms whose rows a layer keeps. */
function keptNorms({ blocks }: DecoderLayer): (name: NormName) => boolean {
  const present: Record<NormName, boolean> = {
    attentionRows: true,
    queryRows: blocks.attention.queryNorm !== undefined,
    keyRows: blocks.attention.keyNorm !== undefined,
    attentionOutputRows: blocks.attentionOutputNorm !== undefined,
    mlpRows: true,
    mlpOutputRows: blocks.mlpOutputNorm !== undefined,
  }
  return (name) => present[name]
}

function at(tensors: readonly (Tensor | undefined)[], index: number): Tensor {
  const tensor = tensors[index]
  if (tensor === undefined) throw new MedtuneError('INTERNAL', `A layer returned no tensor ${index}.`)
  return tensor
}
