import { MedtuneError } from '../../errors.js'
import { type GraphAttribute, GraphDefWriter, kernelCallName } from './graph-def.js'
import type { OpObserver } from './op-runner.js'
import type { NativeTensor } from './tensor-lifetimes.js'

/** A graph that computes what the recorded operations computed. */
export interface RecordedGraph {
  readonly graphDef: Uint8Array
  /** `node:output` of each placeholder, in the order of the inputs. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Whether it calls a kernel by name, which this device's compiler may not have. */
  readonly callsKernel: boolean
}

/** Writes every operation that runs on the given inputs into a graph. */
export class OpRecorder implements OpObserver {
  private readonly writer = new GraphDefWriter()
  private readonly inputNames: readonly string[]
  /** Output of the graph that holds a handle's value. */
  private readonly names = new Map<NativeTensor, string>()
  private nodeCount = 0
  private callsKernel = false

  /** @param download raw bytes of a handle */
  constructor(
    private readonly key: string,
    inputs: readonly NativeTensor[],
    private readonly download: (tensor: NativeTensor) => ArrayBuffer,
  ) {
    this.inputNames = inputs.map((input, index) => {
      const name = `input${index}`
      this.writer.placeholder(name, input.tensorflowType, input.shape)
      const output = `${name}:0`
      if (!this.names.has(input)) this.names.set(input, output)
      return output
    })
  }

  operation(
    name: string,
    attributes: readonly GraphAttribute[],
    inputs: readonly NativeTensor[],
    outputs: readonly NativeTensor[],
  ): void {
    const node = `node${this.nodeCount++}`
    this.callsKernel ||= name === kernelCallName
    const sources = inputs.map((input) => this.nameOf(input, name))
    // In a graph the plain operation becomes oneDNN's by itself; `_kernel` is for eager calls only.
    const op = name === '_MklSoftmax' ? 'Softmax' : name
    this.writer.operation(
      node,
      op,
      sources,
      attributes.filter((attribute) => attribute.name !== '_kernel'),
    )
    outputs.forEach((output, index) => {
      this.names.set(output, `${node}:${index}`)
    })
  }

  uploaded(tensor: NativeTensor): void {
    this.addConstant(tensor)
  }

  /** @param results handles the function returned, in order */
  finish(results: readonly NativeTensor[]): RecordedGraph {
    const outputs = results.map((result) => this.nameOf(result, 'result'))
    const graphDef = this.writer.finish()
    return { graphDef, inputs: this.inputNames, outputs, callsKernel: this.callsKernel }
  }

  private nameOf(tensor: NativeTensor, user: string): string {
    const name = this.names.get(tensor)
    if (name !== undefined) return name
    if (tensor.isConstant) return this.addConstant(tensor)
    throw new MedtuneError(
      'INTERNAL',
      `traced function ${this.key} must use only its inputs and what it makes; ${user} got another ` +
        `${tensor.dtype}[${tensor.shape}]. Pass it as an input.`,
    )
  }

  private addConstant(tensor: NativeTensor): string {
    const name = `constant${this.nodeCount++}`
    const bytes = new Uint8Array(this.download(tensor))
    this.writer.constant(name, { type: tensor.tensorflowType, shape: tensor.shape, bytes })
    const output = `${name}:0`
    this.names.set(tensor, output)
    return output
  }
}
