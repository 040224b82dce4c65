/** JSON Schema (draft 7) read at run time. Code generators such as Ajv need `eval`, which the page's policy forbids. */

export type Schema = boolean | { readonly [keyword: string]: unknown }

/** In the form of Ajv's errors, which is what the callers read. */
export interface SchemaError {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: Record<string, unknown>
  readonly message: string
}

export interface CheckOptions {
  /** What `$ref: '#/…'` points into. */
  readonly root: Schema
  /** Fills absent properties with the schema's `default`, in place. */
  readonly useDefaults: boolean
  /** Other documents that a `$ref` may name; what is not found accepts everything. */
  readonly find: (id: string) => Schema | undefined
}

interface Place {
  readonly instance: string
  readonly schema: string
}

type Json = Record<string, unknown>
type Check = (schema: Json, value: unknown, place: Place, options: CheckOptions) => SchemaError[]

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const problem = (place: Place, keyword: string, message: string, params: Json = {}): SchemaError => ({
  instancePath: place.instance,
  schemaPath: `${place.schema}/${keyword}`,
  keyword,
  params,
  message,
})

/** @returns all rules that the value breaks; empty when it fits */
export function checkSchema(
  schema: Schema,
  value: unknown,
  options: CheckOptions,
  place: Place = { instance: '', schema: '#' },
): SchemaError[] {
  if (schema === true) return []
  if (schema === false) return [problem(place, 'false schema', 'must not be there')]
  return checks.flatMap((check) => check(schema, value, place, options))
}

const below = (place: Place, key: string | number, ...keywords: (string | number)[]): Place => ({
  instance: `${place.instance}/${key}`,
  schema: [place.schema, ...keywords].join('/'),
})

const asSchema = (value: unknown): Schema => (isObject(value) || typeof value === 'boolean' ? value : true)
const schemas = (value: unknown): Schema[] => (Array.isArray(value) ? value.map(asSchema) : [])

const hasType = (value: unknown, type: unknown): boolean => {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  return typeof value === type
}

const equal = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equal(item, b[index]))
  if (!isObject(a) || !isObject(b)) return a === b
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
  )
}

const checkReference: Check = (schema, value, place, options) => {
  const { $ref } = schema
  if (typeof $ref !== 'string') return []
  const [id = '', pointer = ''] = $ref.split('#')
  const root = id === '' ? options.root : options.find(id)
  if (root === undefined) return []
  const target = pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), root)
  return target === undefined ? [] : checkSchema(asSchema(target), value, { ...options, root }, place)
}

const checkType: Check = ({ type, enum: allowed, const: only }, value, place) => {
  const errors: SchemaError[] = []
  const types = Array.isArray(type) ? type : type === undefined ? [] : [type]
  if (types.length > 0 && !types.some((one) => hasType(value, one)))
    errors.push(problem(place, 'type', `must be ${types.join(' or ')}`, { type }))
  if (Array.isArray(allowed) && !allowed.some((one) => equal(one, value)))
    errors.push(problem(place, 'enum', 'must be one of the allowed values', { allowedValues: allowed }))
  if (only !== undefined && !equal(only, value))
    errors.push(problem(place, 'const', 'must be the allowed value', { allowedValue: only }))
  return errors
}

const checkNumber: Check = (schema, value, place) => {
  if (typeof value !== 'number') return []
  const limit = (keyword: string, sign: string, fits: (bound: number) => boolean): SchemaError[] => {
    const bound = schema[keyword]
    return typeof bound !== 'number' || fits(bound)
      ? []
      : [problem(place, keyword, `must be ${sign} ${bound}`, { limit: bound })]
  }
  return [
    ...limit('minimum', '>=', (bound) => value >= bound),
    ...limit('maximum', '<=', (bound) => value <= bound),
    ...limit('exclusiveMinimum', '>', (bound) => value > bound),
    ...limit('exclusiveMaximum', '<', (bound) => value < bound),
    ...limit(
      'multipleOf',
      'a multiple of',
      (bound) => Math.abs(value / bound - Math.round(value / bound)) < 1e-8,
    ),
  ]
}

const checkText: Check = ({ minLength, maxLength, pattern }, value, place) => {
  if (typeof value !== 'string') return []
  const length = [...value].length
  const errors: SchemaError[] = []
  if (typeof minLength === 'number' && length < minLength)
    errors.push(
      problem(place, 'minLength', `must have at least ${minLength} characters`, { limit: minLength }),
    )
  if (typeof maxLength === 'number' && length > maxLength)
    errors.push(
      problem(place, 'maxLength', `must have at most ${maxLength} characters`, { limit: maxLength }),
    )
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value))
    errors.push(problem(place, 'pattern', `must match pattern "${pattern}"`, { pattern }))
  return errors
}

const checkArray: Check = (schema, value, place, options) => {
  if (!Array.isArray(value)) return []
  const { items, additionalItems, minItems, maxItems, uniqueItems, contains } = schema
  const errors: SchemaError[] = []
  if (typeof minItems === 'number' && value.length < minItems)
    errors.push(problem(place, 'minItems', `must have at least ${minItems} items`, { limit: minItems }))
  if (typeof maxItems === 'number' && value.length > maxItems)
    errors.push(problem(place, 'maxItems', `must have at most ${maxItems} items`, { limit: maxItems }))
  if (
    uniqueItems === true &&
    value.some((item, at) => value.slice(0, at).some((other) => equal(item, other)))
  )
    errors.push(problem(place, 'uniqueItems', 'must not have equal items'))
  if (contains !== undefined && !value.some((item) => fits(asSchema(contains), item, options)))
    errors.push(problem(place, 'contains', 'must contain a valid item'))
  const schemaOf = (at: number): Schema =>
    Array.isArray(items) ? asSchema(at < items.length ? items[at] : additionalItems) : asSchema(items)
  for (const [at, item] of value.entries())
    errors.push(...checkSchema(schemaOf(at), item, options, below(place, at, 'items')))
  return errors
}

const checkObject: Check = (schema, value, place, options) => {
  if (!isObject(value)) return []
  const { properties, patternProperties, additionalProperties, required, propertyNames } = schema
  const known = isObject(properties) ? properties : {}
  const patterns = Object.entries(isObject(patternProperties) ? patternProperties : {})
  if (options.useDefaults) fillDefaults(known, value)
  const errors: SchemaError[] = []
  for (const name of Array.isArray(required) ? required : [])
    if (!Object.hasOwn(value, name))
      errors.push(
        problem(place, 'required', `must have required property '${name}'`, { missingProperty: name }),
      )
  for (const [name, item] of Object.entries(value)) {
    const matching = patterns.filter(([pattern]) => new RegExp(pattern, 'u').test(name))
    const isKnown = Object.hasOwn(known, name)
    if (isKnown)
      errors.push(
        ...checkSchema(asSchema(known[name]), item, options, below(place, name, 'properties', name)),
      )
    for (const [pattern, one] of matching)
      errors.push(
        ...checkSchema(asSchema(one), item, options, below(place, name, 'patternProperties', pattern)),
      )
    if (propertyNames !== undefined && !fits(asSchema(propertyNames), name, options))
      errors.push(problem(place, 'propertyNames', 'property name must be valid', { propertyName: name }))
    if (isKnown || matching.length > 0) continue
    if (additionalProperties === false)
      errors.push(
        problem(place, 'additionalProperties', 'must NOT have additional properties', {
          additionalProperty: name,
        }),
      )
    else
      errors.push(
        ...checkSchema(
          asSchema(additionalProperties),
          item,
          options,
          below(place, name, 'additionalProperties'),
        ),
      )
  }
  return errors
}

function fillDefaults(properties: Json, value: Json): void {
  for (const [name, schema] of Object.entries(properties))
    if (value[name] === undefined && isObject(schema) && schema.default !== undefined)
      value[name] = structuredClone(schema.default)
}

const checkCombinations: Check = (schema, value, place, options) => {
  // As in Ajv: only the branches that must all hold may fill in defaults.
  const quiet = { ...options, useDefaults: false }
  const errors = schemas(schema.allOf).flatMap((one, at) =>
    checkSchema(one, value, options, { ...place, schema: `${place.schema}/allOf/${at}` }),
  )
  const any = schemas(schema.anyOf)
  if (any.length > 0 && !any.some((one) => fits(one, value, quiet)))
    errors.push(problem(place, 'anyOf', 'must match a schema in anyOf'))
  const one = schemas(schema.oneOf)
  const matching = one.filter((branch) => fits(branch, value, quiet)).length
  if (one.length > 0 && matching !== 1)
    errors.push(problem(place, 'oneOf', 'must match exactly one schema in oneOf'))
  if (schema.not !== undefined && fits(asSchema(schema.not), value, quiet))
    errors.push(problem(place, 'not', 'must NOT be valid'))
  if (schema.if !== undefined) {
    const branch = fits(asSchema(schema.if), value, quiet) ? schema.then : schema.else
    errors.push(...checkSchema(asSchema(branch), value, quiet, place))
  }
  return errors
}

const fits = (schema: Schema, value: unknown, options: CheckOptions): boolean =>
  checkSchema(schema, value, { ...options, useDefaults: false }).length === 0

const checks: readonly Check[] = [
  checkReference,
  checkType,
  checkNumber,
  checkText,
  checkArray,
  checkObject,
  checkCombinations,
]
