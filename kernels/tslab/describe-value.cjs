// @ts-check
'use strict'
// What a variable is, in a few words: its type, size and memory, never its text. No code of the user runs for it: no
// getter, no `toString`, no proxy; only own data properties are read.
const { types } = require('node:util')

/**
 * @typedef {object} ValueSummary
 * @property {string} type
 * @property {string} size  shape, length or a number's value; may be empty
 * @property {string} dtype  may be empty
 * @property {number} [bytes]  of tensors and typed arrays in it
 */

/** Objects looked at for one value; what lies beyond is not counted. */
const MOST_NODES = 20_000
const BYTES = new Map(
  Object.entries({ float64: 8, int64: 8, float32: 4, int32: 4, uint32: 4, float16: 2, bfloat16: 2, bool: 1 }),
)

/** @param {object} object @param {PropertyKey} key @returns {unknown} */
function own(object, key) {
  const descriptor = Object.getOwnPropertyDescriptor(object, key)
  return descriptor && 'value' in descriptor ? descriptor.value : undefined
}

/** @param {unknown} value @returns {value is object} */
const isOpen = (value) => typeof value === 'object' && value !== null && !types.isProxy(value)

/** The class of an object, read as data. @param {object} object */
function className(object) {
  for (let at = Object.getPrototypeOf(object); isOpen(at); at = Object.getPrototypeOf(at)) {
    const maker = own(at, 'constructor')
    const name = typeof maker === 'function' && !types.isProxy(maker) && own(maker, 'name')
    if (typeof name === 'string' && name !== '') return name
  }
  return 'Object'
}

/** @param {unknown} value @returns {value is number[]} */
const isShape = (value) =>
  Array.isArray(value) && !types.isProxy(value) && value.length <= 8 && value.every(Number.isInteger)

/**
 * The built-in getters are asked for directly, because an object may carry a property of the same name.
 *
 * @param {object} prototype @param {string} name @param {object} object
 */
const builtIn = (prototype, name, object) => Number(Reflect.get(prototype, name, object))

const typedArray = Object.getPrototypeOf(Uint8Array.prototype)
const dtypeOf = (/** @type {ArrayBufferView} */ array) => className(array).replace('Array', '').toLowerCase()

/** @param {number[]} shape */
const formatShape = (shape) => `[${shape.join(', ')}]`

/** Objects with a shape: tensors of tfjs, of this package, of others. @param {object} object @returns {ValueSummary | undefined} */
function describeTensor(object) {
  const shape = own(object, 'shape')
  if (!isShape(shape)) return undefined
  const data = own(object, 'data')
  const named = own(object, 'dtype')
  const dtype = typeof named === 'string' ? named : types.isTypedArray(data) ? dtypeOf(data) : undefined
  if (dtype === undefined) return undefined
  const bytes = shape.reduce((product, size) => product * size, BYTES.get(dtype) ?? 1)
  return { type: className(object), size: formatShape(shape), dtype, bytes }
}

/** Tables of danfo.js. @param {object} object @returns {ValueSummary | undefined} */
function describeFrame(object) {
  const [columns, dtypes, rows] = [own(object, '$columns'), own(object, '$dtypes'), own(object, '$data')]
  if (!Array.isArray(columns) || !Array.isArray(dtypes) || !Array.isArray(rows)) return undefined
  const shape = own(object, '$isSeries') === true ? [rows.length] : [rows.length, columns.length]
  const kinds = [...new Set(dtypes.filter((kind) => typeof kind === 'string'))]
  // Values are held by rows and by columns, each a JavaScript number, or a pointer to a text of unknown length.
  const bytes = shape.reduce((product, size) => product * size, 8 * 2)
  return { type: className(object), size: formatShape(shape), dtype: kinds.join(', '), bytes }
}

/** @param {object} object @returns {ValueSummary} */
function describeObject(object) {
  const type = className(object)
  if (types.isTypedArray(object)) {
    const bytes = builtIn(typedArray, 'byteLength', object)
    const size = `[${builtIn(typedArray, 'length', object)}]`
    return { type, size, dtype: dtypeOf(object), bytes }
  }
  const table = describeTensor(object) ?? describeFrame(object)
  if (table) return table
  const bytes = heldBytes(object)
  const rest = { dtype: '', ...(bytes > 0 ? { bytes } : {}) }
  if (Array.isArray(object)) return { type, size: `${object.length} items`, ...rest }
  if (types.isMap(object)) return { type, size: `${builtIn(Map.prototype, 'size', object)} entries`, ...rest }
  if (types.isSet(object)) return { type, size: `${builtIn(Set.prototype, 'size', object)} items`, ...rest }
  if (types.isDate(object) || types.isRegExp(object) || types.isPromise(object))
    return { type, size: '', ...rest }
  return { type, size: `${Object.keys(object).length} properties`, ...rest }
}

/**
 * Bytes of all tensors and typed arrays inside, each counted once.
 *
 * @param {object} object
 */
function heldBytes(object) {
  const seen = new Set([object])
  const queue = [object]
  let bytes = 0
  const visit = (/** @type {unknown} */ value) => {
    if (!isOpen(value) || seen.has(value) || seen.size >= MOST_NODES) return
    seen.add(value)
    if (types.isTypedArray(value)) bytes += builtIn(typedArray, 'byteLength', value)
    else {
      const tensor = describeTensor(value)
      if (tensor) bytes += tensor.bytes ?? 0
      else queue.push(value)
    }
  }
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (types.isMap(next)) Map.prototype.forEach.call(next, visit)
    else if (types.isSet(next)) Set.prototype.forEach.call(next, visit)
    else if (Array.isArray(next))
      for (let at = 0; at < Math.min(next.length, MOST_NODES); at++) visit(own(next, at))
    else for (const key of Object.keys(next)) visit(own(next, key))
  }
  return bytes
}

/** @param {unknown} value @returns {ValueSummary} */
function describeValue(value) {
  if (value === null || value === undefined) return { type: String(value), size: '', dtype: '' }
  if (types.isProxy(value)) return { type: 'Proxy', size: '', dtype: '' }
  switch (typeof value) {
    case 'string':
      return { type: 'string', size: `${value.length} characters`, dtype: '' }
    case 'number':
    case 'boolean':
    case 'bigint':
      return { type: typeof value, size: String(value), dtype: '' }
    case 'function':
      return { type: /^class\b/.test(sourceOf(value)) ? 'class' : 'function', size: '', dtype: '' }
    case 'object':
      return describeObject(value)
    default:
      return { type: typeof value, size: '', dtype: '' }
  }
}

/** @param {Function} value */
const sourceOf = (value) => Function.prototype.toString.call(value)

module.exports = { describeValue }
