import { expect, test } from 'vitest'
import { baseModelName } from './base-model-name.js'

test('a model of the cache is called by its repository, a folder by its path', () => {
  const commit = '0123456789abcdef0123456789abcdef01234567'
  expect(baseModelName(`/home/a/hub/models--unsloth--llama-3-8b-bnb-4bit/snapshots/${commit}`)).toBe(
    'unsloth/llama-3-8b-bnb-4bit',
  )
  expect(baseModelName('data/models/tiny')).toBe('data/models/tiny')
})
