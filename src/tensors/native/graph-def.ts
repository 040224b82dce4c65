import { attributeTypes, type OpAttribute } from './binding.js'

// Field numbers of TensorFlow's GraphDef, NodeDef, AttrValue, TensorProto and TensorShapeProto messages, in the few
// forms that a recorded function needs. https://protobuf.dev/programming-guides/encoding/

/** Oldest graph version that has every operation used here; newer libraries read it. */
const graphProducer = 1087

/** Calls a kernel that XLA knows by name; exists in graphs that XLA compiles only. */
export const kernelCallName = 'XlaCustomCallV2'

const wireVarint = 0
const wireBytes = 2
const wireFixed32 = 5

/** A constant's value: raw little-endian bytes. */
export interface ConstantValue {
  readonly type: number
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** An attribute of a node; calls of one operation never have the lists. */
export type GraphAttribute =
  | OpAttribute
  | { readonly name: string; readonly types: readonly number[] }
  | { readonly name: string; readonly shapes: readonly (readonly number[])[] }

/** Writes a graph node by node. */
export class GraphDefWriter {
  private readonly nodes: Uint8Array[] = []

  /** @param inputs outputs of other nodes, `name:index` */
  operation(
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: readonly GraphAttribute[],
  ): void {
    this.node(
      name,
      op,
      inputs,
      attributes.map((attribute) => [attribute.name, attributeValue(attribute)]),
    )
  }

  placeholder(name: string, type: number, shape: readonly number[]): void {
    this.node(
      name,
      'Placeholder',
      [],
      [
        ['dtype', varintField(6, type)],
        ['shape', bytesField(7, shapeMessage(shape))],
      ],
    )
  }

  constant(name: string, value: ConstantValue): void {
    const tensor = concatBytes([
      varintField(1, value.type),
      bytesField(2, shapeMessage(value.shape)),
      bytesField(4, value.bytes),
    ])
    this.node(
      name,
      'Const',
      [],
      [
        ['dtype', varintField(6, value.type)],
        ['value', bytesField(8, tensor)],
      ],
    )
  }

  /** The finished GraphDef. */
  finish(): Uint8Array {
    return concatBytes([...this.nodes, bytesField(4, varintField(1, graphProducer))])
  }

  private node(
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: readonly (readonly [string, Uint8Array])[],
  ): void {
    const fields = [
      textField(1, name),
      textField(2, op),
      ...inputs.map((input) => textField(3, input)),
      ...attributes.map(([key, value]) =>
        bytesField(5, concatBytes([textField(1, key), bytesField(2, value)])),
      ),
    ]
    this.nodes.push(bytesField(1, concatBytes(fields)))
  }
}

function attributeValue(attribute: GraphAttribute): Uint8Array {
  if ('types' in attribute) {
    // Packed, as proto3 writes repeated numbers.
    return bytesField(1, bytesField(6, concatBytes(attribute.types.map(varint))))
  }
  if ('shapes' in attribute) {
    return bytesField(1, concatBytes(attribute.shapes.map((shape) => bytesField(7, shapeMessage(shape)))))
  }
  const { type, value } = attribute
  if (type === attributeTypes.string) return textField(2, String(value))
  if (type === attributeTypes.int) return varintField(3, Number(value))
  if (type === attributeTypes.float) return floatField(4, Number(value))
  if (type === attributeTypes.bool) return varintField(5, value === true ? 1 : 0)
  return varintField(6, Number(value))
}

function shapeMessage(shape: readonly number[]): Uint8Array {
  // Protobuf leaves out fields that are zero.
  return concatBytes(shape.map((size) => bytesField(2, size === 0 ? new Uint8Array() : varintField(1, size))))
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  // Negative numbers are written as their 64-bit two's complement.
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

function varintField(field: number, value: number): Uint8Array {
  return concatBytes([varint(field * 8 + wireVarint), varint(value)])
}

function floatField(field: number, value: number): Uint8Array {
  return concatBytes([varint(field * 8 + wireFixed32), new Uint8Array(Float32Array.of(value).buffer)])
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return concatBytes([varint(field * 8 + wireBytes), varint(bytes.length), bytes])
}

function textField(field: number, text: string): Uint8Array {
  return bytesField(field, Buffer.from(text))
}

function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}
