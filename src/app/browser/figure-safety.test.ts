import { expect, test } from 'vitest'
import { safeFigure } from './figure-safety.js'

test('links and markup beyond emphasis are taken out, data stays', () => {
  const figure = {
    data: [{ y: [1, 2], text: ['<a href="javascript:alert(1)">x</a>', '<b>bold</b> 1 < 2'] }],
    layout: {
      title: { text: '<a href="//evil">Loss</a><img src=x onerror=alert(1)><sub>i</sub>' },
      images: [{ source: 'https://evil/x.png' }, { source: 'data:image/png;base64,AA==' }],
    },
  }
  expect(safeFigure(figure)).toEqual({
    data: [{ y: [1, 2], text: ['x', '<b>bold</b> 1 < 2'] }],
    layout: {
      title: { text: 'Loss<sub>i</sub>' },
      images: [{}, { source: 'data:image/png;base64,AA==' }],
    },
  })
})
