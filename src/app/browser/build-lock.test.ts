import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../notebook/notebook.fixture.js'

const module = './build-lock.mjs'
const { withLock } = (await import(module)) as {
  withLock<Result>(file: string, action: () => Promise<Result>): Promise<Result>
}

test('what runs under one lock runs one after the other', async () => {
  const file = path.join(await temporaryFolder(), 'lock')
  const events: string[] = []
  const work = (name: string) =>
    withLock(file, async () => {
      events.push(`${name} begins`)
      await sleep(20)
      events.push(`${name} ends`)
      return name
    })
  expect(await Promise.all([work('a'), work('b')])).toEqual(['a', 'b'])
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  expect(existsSync(file)).toBe(false)
})

test('the lock of a process that is gone, or of an action that failed, holds nobody up', async () => {
  const file = path.join(await temporaryFolder(), 'lock')
  // No system gives out so large a process id.
  writeFileSync(file, '2147483646')
  await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(file, async () => 1)).toBe(1)
})
