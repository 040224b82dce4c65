import { MedtuneError } from '../../errors.js'
import type { NativeBinding } from './binding.js'
import type { GraphCompiler } from './graph-compiler.js'
import { OpRecorder, type RecordedGraph } from './op-recorder.js'
import type { OpRunner } from './op-runner.js'
import { identity } from './operations/element-wise.js'
import { type DeviceBuffer, type NativeTensor, newBuffer, type TensorLifetimes } from './tensor-lifetimes.js'

export type TensorFunction = (inputs: readonly NativeTensor[]) => readonly NativeTensor[]

/** Recorded functions kept at a time, of about 1 MB each; beyond it the one unused longest is forgotten. */
const functionLimit = 96

/** Signatures counted at a time before they are recorded. */
const countLimit = 4096

/** TensorFlow never lets a name that was called be used again, whichever Ops called it. */
let nameCount = 0

export interface TracedFunctionsOptions {
  readonly binding: NativeBinding
  readonly runner: OpRunner
  readonly lifetimes: TensorLifetimes
  /**
   * Which call of a function, for inputs of the same shapes, is recorded. A recording costs tens of milliseconds, so a
   * function of a shape that is met once or twice must not be.
   */
  readonly recordAtCall: number
  /** What turns a recorded graph into kernels. Default: `none`. */
  readonly compiler?: GraphCompiler
  /** Told why a function that calls a kernel failed. @returns whether it may be recorded anew, which then must not call it */
  readonly recover?: (error: unknown) => boolean
}

interface RecordedFunction {
  /** Under which TensorFlow runs it as an operation. */
  readonly name: string
  readonly outputCount: number
  readonly callsKernel: boolean
  /** Buffers of a call's outputs, given its inputs, as the recorded call laid them out. */
  readonly outputBuffers: (inputs: readonly NativeTensor[]) => (DeviceBuffer | undefined)[]
}

/**
 * Runs functions of handles as they are, writes down the operations of one call, and from then on runs them as one
 * TensorFlow graph function: inside it buffers are reused in place and independent operations run side by side.
 */
export class TracedFunctions {
  private readonly recorded = new Map<string, RecordedFunction>()
  private readonly calls = new Map<string, number>()
  private readonly binding: NativeBinding
  private readonly runner: OpRunner
  private readonly lifetimes: TensorLifetimes
  private readonly recordAtCall: number
  private readonly compiler: GraphCompiler
  private readonly recover: (error: unknown) => boolean

  constructor(options: TracedFunctionsOptions) {
    this.binding = options.binding
    this.runner = options.runner
    this.lifetimes = options.lifetimes
    this.recordAtCall = options.recordAtCall
    this.compiler = options.compiler ?? 'none'
    this.recover = options.recover ?? (() => false)
  }

  /** See `Ops.trace`. */
  trace(key: string, fn: TensorFunction): TensorFunction {
    return (inputs) => {
      // Inside another recording the operations are written into that one.
      if (this.runner.observer !== undefined) return fn(inputs)
      const signature = `${key};${signatureOf(inputs)}`
      const known = this.recorded.get(signature)
      if (known === undefined) {
        return this.isDue(signature) ? this.record(signature, key, fn, inputs) : fn(inputs)
      }
      this.recorded.delete(signature)
      this.recorded.set(signature, known)
      try {
        return this.replay(known, inputs)
      } catch (error) {
        if (!known.callsKernel || !this.recover(error)) throw error
        this.recorded.delete(signature)
        this.binding.removeFunction(known.name)
        return this.record(signature, key, fn, inputs)
      }
    }
  }

  dispose(): void {
    for (const { name } of this.recorded.values()) this.binding.removeFunction(name)
    this.recorded.clear()
  }

  private isDue(signature: string): boolean {
    const call = (this.calls.get(signature) ?? 0) + 1
    if (call >= this.recordAtCall) {
      this.calls.delete(signature)
      return true
    }
    if (this.calls.size >= countLimit) this.calls.clear()
    this.calls.set(signature, call)
    return false
  }

  private record(
    signature: string,
    key: string,
    fn: TensorFunction,
    inputs: readonly NativeTensor[],
  ): readonly NativeTensor[] {
    const recorder = new OpRecorder(key, inputs, (tensor) => this.runner.download(tensor))
    this.runner.observer = recorder
    let results: readonly NativeTensor[]
    try {
      results = fn(inputs)
    } finally {
      this.runner.observer = undefined
    }
    const name = `medtune_${nameCount++}`
    const graph = recorder.finish(results)
    this.register(name, key, graph)
    const outputBuffers = bufferPlan(inputs, results)
    const { callsKernel } = graph
    this.recorded.set(signature, { name, outputCount: results.length, callsKernel, outputBuffers })
    this.forgetOldest()
    // A replay returns handles of its own, so the recorded call does too, even where a result is an input.
    return results.map((result) =>
      inputs.includes(result) ? identity(this.runner, result) : this.lifetimes.handOver(result),
    )
  }

  private register(name: string, key: string, graph: RecordedGraph): void {
    try {
      this.binding.addFunction(name, graph.graphDef, graph.inputs, graph.outputs, this.compiler === 'xla')
    } catch (cause) {
      const reason = (cause instanceof Error ? cause.message : String(cause)).slice(0, 600)
      throw new MedtuneError(
        'INTERNAL',
        `TensorFlow refused the graph of traced function ${key}: ${reason}`,
        { cause },
      )
    }
  }

  private replay(recorded: RecordedFunction, inputs: readonly NativeTensor[]): NativeTensor[] {
    const { name, outputCount, outputBuffers } = recorded
    return this.runner.runMany(name, [], inputs, outputCount, outputBuffers(inputs))
  }

  private forgetOldest(): void {
    if (this.recorded.size <= functionLimit) return
    for (const [signature, { name }] of this.recorded) {
      this.recorded.delete(signature)
      this.binding.removeFunction(name)
      return
    }
  }
}

/** Dtypes and shapes of the inputs, and which of them are one and the same handle. */
function signatureOf(inputs: readonly NativeTensor[]): string {
  const firstIndex = new Map<NativeTensor, number>()
  return inputs
    .map((input, index) => {
      const first = firstIndex.get(input)
      if (first !== undefined) return `=${first}`
      firstIndex.set(input, index)
      return `${input.tensorflowType}[${input.shape}]`
    })
    .join(';')
}

/** Which outputs are views of inputs or of one another, for the memory account of replays. */
function bufferPlan(
  inputs: readonly NativeTensor[],
  results: readonly NativeTensor[],
): RecordedFunction['outputBuffers'] {
  const buffers = [...new Set(results.map((result) => result.buffer))]
  const places = results.map((result) => buffers.indexOf(result.buffer))
  const sources = buffers.map((buffer) => ({
    bytes: buffer.bytes,
    input: inputs.findIndex((input) => input.buffer === buffer),
  }))
  return (callInputs) => {
    const fresh = sources.map(({ bytes, input }) => callInputs[input]?.buffer ?? newBuffer(bytes))
    return places.map((place) => fresh[place])
  }
}
