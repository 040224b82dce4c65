import { expect, test } from 'vitest'
import { phiCounts, phiHighlight } from './phi-highlight.js'

const textOf = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')

test('marks what was found before and after, with its kind as title', () => {
  const text = 'ID: 12345, 15/03/2024 🙂.'
  const spans = [
    { start: 4, end: 9, type: 'PACIENTE_ID' },
    { start: 11, end: 21, type: 'DATA' },
  ]
  const bundle = phiHighlight(text, spans)
  const marks = [...bundle['text/html'].matchAll(/<mark title="(\w+)"[^>]*>([^<]*)<\/mark>/g)]
  expect(marks.map(([, title, content]) => [title, content])).toEqual([
    ['PACIENTE_ID', '12345'],
    ['DATA', '15/03/2024'],
    ['PACIENTE_ID', '[PACIENTE_ID]'],
    ['DATA', '[DATA]'],
  ])
  expect(textOf(bundle['text/html'])).toBe(`before ${text}after ID: [PACIENTE_ID], [DATA] 🙂.`)
  expect(bundle['text/plain']).toBe(`before: ${text}\nafter:  ID: [PACIENTE_ID], [DATA] 🙂.`)
})

test('sets the text color of a mark beside its background', () => {
  const [mark = ''] =
    /<mark[^>]*>/.exec(phiHighlight('a', [{ start: 0, end: 1, type: 'X' }])['text/html']) ?? []
  expect(mark).toMatch(/background:#\w{6};color:#\w{6}/)
})

test('is text, whatever the text is', () => {
  const attack = '<img src=x onerror="alert(1)"> & \'</mark>'
  const { 'text/html': html } = phiHighlight(attack, [{ start: 0, end: 4, type: '"><b>' }])
  expect(html.match(/<(?!\/?(?:div|p|strong|mark)\b)/g)).toBeNull()
  expect(textOf(html)).toContain('before <img src=x onerror="alert(1)"> & ')
  expect(phiCounts({ '<b>': 1 })['text/html']).toContain('<td style="text-align:left">&lt;b&gt;</td>')
})

test('counts the kinds that were found, most frequent first', () => {
  const bundle = phiCounts({ DATA: 1, CPF: 0, TELEFONE: 12 })
  expect(bundle['text/plain']).toBe('TELEFONE  12\nDATA      1\ntotal     13')
  expect([...bundle['text/html'].matchAll(/<td>(\d+)<\/td>/g)].map(([, count]) => count)).toEqual([
    '12',
    '1',
    '13',
  ])
  expect(phiCounts({})['text/plain']).toBe('total  0')
})
