import { attributeTypes, type OpAttribute } from './binding.js'

export function typeAttribute(name: string, tensorflowType: number): OpAttribute {
  return { name, type: attributeTypes.type, value: tensorflowType }
}

export function boolAttribute(name: string, value: boolean): OpAttribute {
  return { name, type: attributeTypes.bool, value }
}

export function intAttribute(name: string, value: number): OpAttribute {
  return { name, type: attributeTypes.int, value }
}

export function floatAttribute(name: string, value: number): OpAttribute {
  return { name, type: attributeTypes.float, value }
}

export function stringAttribute(name: string, value: string): OpAttribute {
  return { name, type: attributeTypes.string, value }
}

const cached = new Map<string, readonly OpAttribute[]>()

/** The attributes under `key`, built once: an operation then costs no attribute objects. `key` must name every value. */
export function attributesOf(key: string, build: () => readonly OpAttribute[]): readonly OpAttribute[] {
  const known = cached.get(key)
  if (known !== undefined) return known
  const attributes = build()
  cached.set(key, attributes)
  return attributes
}

const elementTypes: (readonly OpAttribute[])[] = []

/** `T` = the dtype, all that an element-wise operation needs. */
export function elementType(tensorflowType: number): readonly OpAttribute[] {
  const known = elementTypes[tensorflowType]
  if (known !== undefined) return known
  const attributes = [typeAttribute('T', tensorflowType)]
  elementTypes[tensorflowType] = attributes
  return attributes
}

export function castAttributes(from: number, to: number): readonly OpAttribute[] {
  return attributesOf(`Cast${from},${to}`, () => [
    typeAttribute('SrcT', from),
    typeAttribute('DstT', to),
    boolAttribute('Truncate', false),
  ])
}
