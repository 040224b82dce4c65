import { expect, test } from 'vitest'
import { type BackendName, useBackend } from './backend.js'
import { backends } from './backends/index.js'

test('the named backend is used, and stays in use until another is named', async () => {
  const cpu = await useBackend('cpu')
  expect(cpu.name).toBe('cpu')
  expect(await useBackend()).toBe(cpu)
  expect(await useBackend('cpu')).toBe(cpu)
  const wasm = await useBackend('wasm')
  expect([wasm.name, (await useBackend()).name]).toEqual(['wasm', 'wasm'])
})

test('a backend that is not here is refused by name and leaves the one in use', async () => {
  const cpu = await useBackend('cpu')
  await expect(useBackend('cuda')).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
  await expect(useBackend('gpu' as BackendName)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  expect(await useBackend()).toBe(cpu)
})

test('backends are listed once each, fastest first', () => {
  expect(backends.map((backend) => backend.name)).toEqual(['cuda', 'native', 'wasm', 'cpu'])
})
