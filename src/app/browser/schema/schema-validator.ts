import { checkSchema, type Schema, type SchemaError } from './check-schema.js'

interface Validator {
  (value: unknown): boolean
  errors: SchemaError[] | null
  readonly schema: Schema
}

/**
 * Stands in for Ajv in the bundle, with the part of its interface that JupyterLab's settings and forms use. It reads
 * schemas instead of compiling them, so that the page's policy can forbid `eval`. Formats are not checked.
 */
export default class SchemaValidator {
  errors: SchemaError[] | null = null
  private readonly schemas = new Map<string, Validator>()
  private readonly useDefaults: boolean

  constructor(options: { useDefaults?: boolean } = {}) {
    this.useDefaults = options.useDefaults === true
  }

  addSchema(schema: Schema, id: string = idOf(schema)): this {
    this.schemas.set(id, this.compile(schema))
    return this
  }

  getSchema(id: string): Validator | undefined {
    return this.schemas.get(id)
  }

  /** Without an id: all of them. */
  removeSchema(id?: string): this {
    if (id === undefined) this.schemas.clear()
    else this.schemas.delete(id)
    return this
  }

  compile(schema: Schema): Validator {
    const validate = (value: unknown): boolean => {
      const { useDefaults } = this
      const find = (id: string) => this.schemas.get(id)?.schema
      const errors = checkSchema(schema, value, { root: schema, useDefaults, find })
      validator.errors = errors.length > 0 ? errors : null
      return errors.length === 0
    }
    const validator: Validator = Object.assign(validate, { errors: null, schema })
    return validator
  }

  validate(schema: Schema, value: unknown): boolean {
    const validator = this.compile(schema)
    const isValid = validator(value)
    this.errors = validator.errors
    return isValid
  }

  /** The schemas are those of the packages in the bundle; the settings' own form is checked by its plugin schema. */
  validateSchema(): boolean {
    return true
  }

  addMetaSchema(): this {
    return this
  }

  addFormat(): this {
    return this
  }

  addKeyword(): this {
    return this
  }
}

function idOf(schema: Schema): string {
  return typeof schema === 'object' && typeof schema.$id === 'string' ? schema.$id : ''
}
