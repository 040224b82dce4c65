import { expect, test } from 'vitest'
import { checkSchema, type Schema } from './check-schema.js'
import SchemaValidator from './schema-validator.js'

const schema: Schema = {
  type: 'object',
  properties: {
    size: { type: 'integer', minimum: 1, default: 3 },
    theme: { enum: ['light', 'dark'] },
    keys: { type: 'array', items: { $ref: '#/definitions/key' } },
  },
  required: ['theme'],
  additionalProperties: false,
  definitions: { key: { type: 'object', properties: { on: { type: 'boolean', default: true } } } },
}
const keywords = (value: unknown) =>
  checkSchema(schema, value, { root: schema, useDefaults: false, find: () => undefined }).map(
    ({ keyword, instancePath }) => `${instancePath} ${keyword}`,
  )

test.each([
  [{ theme: 'dark', size: 2, keys: [{ on: false }] }, []],
  [{ theme: 'blue', size: 0.5 }, ['/theme enum', '/size type', '/size minimum']],
  [{ keys: [{ on: 1 }], other: 1 }, [' required', '/keys/0/on type', ' additionalProperties']],
  [[], [' type']],
])('%j', (value, errors) => {
  expect(keywords(value)).toEqual(errors)
})

test('defaults are filled in place, also behind references', () => {
  const validator = new SchemaValidator({ useDefaults: true }).addSchema(schema, 'id')
  const value = { theme: 'dark', keys: [{}] }
  expect(validator.getSchema('id')?.(value)).toBe(true)
  expect(value).toEqual({ theme: 'dark', size: 3, keys: [{ on: true }] })
})
