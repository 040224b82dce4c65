import { describe, expect, test } from 'vitest'
import { cpuBackend } from '../tensors/backends/cpu.js'
import { checkPrecision, resolveWeightDtype } from './weight-dtype.js'

describe('resolveWeightDtype', () => {
  const computing = (name: string, ...computeDtypes: ('float32' | 'bfloat16')[]) => ({ name, computeDtypes })

  test('auto is bfloat16 on a card that computes in it, float32 elsewhere', () => {
    expect(resolveWeightDtype(computing('cuda', 'float32', 'bfloat16'))).toBe('bfloat16')
    expect(resolveWeightDtype(computing('cuda', 'float32'))).toBe('float32')
    expect(resolveWeightDtype(computing('native', 'float32', 'bfloat16'))).toBe('float32')
  })

  test('a dtype that the backend does not compute in is refused with what it has', async () => {
    const { ops } = await cpuBackend.start()
    expect(() => resolveWeightDtype(ops, 'bfloat16')).toThrow('cpu computes in float32')
    expect(resolveWeightDtype(computing('native', 'float32', 'bfloat16'), 'bfloat16')).toBe('bfloat16')
    expect(() => resolveWeightDtype(ops, 'int8' as 'auto')).toThrow('got int8')
    expect(() => checkPrecision(ops, 'high')).toThrow('cpu computes in float32')
    expect(() => checkPrecision(ops, 'medium' as 'high')).toThrow('got medium')
    expect(() => checkPrecision(ops)).not.toThrow()
    ops.dispose()
  })
})
