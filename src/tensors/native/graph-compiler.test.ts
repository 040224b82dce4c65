import { expect, test } from 'vitest'
import { requestedCompiler, wantsFusedAttention } from './graph-compiler.js'

test('XLA is asked for, its fused attention asked not to be', () => {
  expect([requestedCompiler({}), requestedCompiler({ MEDTUNE_XLA: '1' })]).toEqual(['none', 'xla'])
  expect([wantsFusedAttention({}), wantsFusedAttention({ MEDTUNE_FUSED_ATTENTION: '0' })]).toEqual([
    true,
    false,
  ])
})

test.each([
  () => requestedCompiler({ MEDTUNE_XLA: 'yes' }),
  () => wantsFusedAttention({ MEDTUNE_FUSED_ATTENTION: 'off' }),
])('anything but 0 and 1 is refused', (read) => {
  expect(read).toThrow(/must be 0 or 1; got "(yes|off)"/)
})
