import { describe, expect, test } from 'vitest'
import { applyEdit, readBindingSources, sourceEdits } from './binding-sources.js'

describe('applyEdit', () => {
  const edit = { file: 'a.cc', anchor: 'one\n', replacement: 'one\ntwo\n' }

  test('puts the text in at the anchor', () => {
    expect(applyEdit('zero\none\nthree\n', edit)).toBe('zero\none\ntwo\nthree\n')
  })

  test.each([
    ['no file', undefined, 'no such file'],
    ['no anchor', 'zero\n', '0 occurrences'],
    ['two anchors', 'one\none\n', '2 occurrences'],
  ])('refuses %s', (_name, text, found) => {
    expect(() => applyEdit(text, edit)).toThrow(
      `a.cc of @tensorflow/tfjs-node-gpu must contain "one\\n" exactly once; found ${found}`,
    )
  })
})

test('the installed sources take every edit, and their hash stays the same', () => {
  const sources = readBindingSources()
  for (const edit of sourceEdits) expect(sources.files.get(edit.file)).toContain(edit.replacement)
  expect([...sources.files.keys()]).toContain('binding-methods.cc')
  expect([...sources.files.keys()]).toContain('few-row-ops.cc')
  expect(readBindingSources().hash).toBe(sources.hash)
})
