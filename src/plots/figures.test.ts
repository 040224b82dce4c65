import { describe, expect, test } from 'vitest'
import { attentionHeatmap } from './attention-heatmap.js'
import { confusionMatrix } from './confusion-matrix.js'
import { decisionBars } from './decision-bars.js'
import { type Figure, figureBundle } from './figure.js'
import { lengthHistogram } from './length-histogram.js'
import { likelihoodHistogram } from './likelihood-histogram.js'
import { lossCurve } from './loss-curve.js'
import { scoreBars } from './score-bars.js'

const attack = '</text><script>alert("1")</script>\u0007'
const tokens = ['the', ' the', '<b>', '\n']
const figures: Record<string, Figure> = {
  'loss curve': lossCurve(
    Array.from({ length: 30 }, (_, step) => ({ step, loss: 3 / (step + 1) })),
    { title: attack },
  ),
  'loss curve without points': lossCurve([], { title: attack }),
  'loss curve with NaN': lossCurve(
    [
      { step: 1, loss: Number.NaN },
      { step: 2, loss: 1 },
    ],
    { title: attack },
  ),
  'length histogram': lengthHistogram([1, 5, 5, 9, 300], { title: attack, unit: attack, limit: 20 }),
  'length histogram without values': lengthHistogram([], { title: attack }),
  'decision bars': decisionBars({ yes: 5, [attack]: 3, maybe: 0 }, { title: attack }),
  'decision bars without counts': decisionBars({}, { title: attack }),
  'confusion matrix': confusionMatrix(
    [attack, 'no'],
    [
      [3, 1],
      [0, 0],
    ],
    { title: attack },
  ),
  'confusion matrix without answers': confusionMatrix([], [], { title: attack }),
  'score bars': scoreBars([{ label: attack, value: 0.5, interval: [0.4, 0.6] }], {
    title: attack,
    scoreName: attack,
    baseline: { label: attack, value: 0.55 },
  }),
  'score bars without scores': scoreBars([], { title: attack }),
  'likelihood histogram': likelihoodHistogram(
    [
      { label: attack, values: [0, 0.3, 1, Number.NaN] },
      { label: 'b', values: [] },
    ],
    { title: attack },
  ),
  'attention heatmap': attentionHeatmap(
    {
      queryTokens: tokens,
      keyTokens: tokens,
      weights: tokens.map(() => new Float32Array([0.7, 0.2, 0.1, 0])),
    },
    { title: attack },
  ),
}

/** Elements left open at the end; every closing tag must close the innermost one. */
function unclosed(svg: string): string[] {
  const open: string[] = []
  for (const [, slash, name = '', selfClosing] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
    if (slash) expect(open.pop()).toBe(name)
    else if (!selfClosing) open.push(name)
  }
  return open
}

describe.each(Object.entries(figures))('%s', (_name, figure) => {
  test('is plain data that survives JSON', () => {
    expect(Object.keys(figure)).toEqual(['data', 'layout'])
    expect(JSON.parse(JSON.stringify(figure))).toMatchObject({
      data: expect.any(Array),
      layout: { title: expect.any(Object) },
    })
  })

  test('shows itself as plotly, SVG and text', () => {
    const show = (figure as unknown as Record<symbol, () => object>)[Symbol.for('Jupyter.display')]
    expect(show?.()).toEqual(figureBundle(figure))
    expect(figureBundle(figure)?.['application/vnd.plotly.v1+json']).toBe(figure)
  })

  test('draws a sound SVG with escaped text', () => {
    const svg = figureBundle(figure)?.['image/svg+xml'] ?? ''
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*>\n<title>/)
    expect(svg).not.toMatch(/<script|NaN|Infinity|undefined/)
    expect(svg).not.toContain('\u0007')
    expect(unclosed(svg)).toEqual([])
  })
})

test('the loss curve draws each point once and names its axes', () => {
  const svg =
    figureBundle(
      lossCurve([
        { step: 0, loss: 2 },
        { step: 10, loss: 1 },
      ]),
    )?.['image/svg+xml'] ?? ''
  expect(svg).toContain('points="72,56 732,201"')
  expect(svg).toContain('>step</text>')
  expect(svg).toContain('>loss</text>')
})

test('the loss curve smooths with bias correction', () => {
  const figure = lossCurve(Array.from({ length: 12 }, (_, step) => ({ step, loss: 4 })))
  const average = figure.data[1]?.y as number[]
  expect(Math.max(...average.map((value) => Math.abs(value - 4)))).toBeLessThan(1e-12)
})

test('the histogram counts every value once', () => {
  const lengths = Array.from({ length: 997 }, (_, index) => (index * 37) % 450)
  const counts = lengthHistogram(lengths).data[0]?.y as number[]
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(997)
})

test('decisions carry their shares', () => {
  expect(figureBundle(decisionBars({ yes: 3, no: 1 }))?.['text/plain']).toBe(
    'Decisions: yes 3 (75.0 %), no 1 (25.0 %)',
  )
})

test('the heatmap keeps repeated tokens apart and shows blanks', () => {
  const layout = figures['attention heatmap']?.layout as { xaxis: { tickvals: number[]; ticktext: string[] } }
  expect(layout.xaxis).toMatchObject({ tickvals: [0, 1, 2, 3], ticktext: ['the', '␣the', '&lt;b&gt;', '⏎'] })
})

test('weights of another shape are refused', () => {
  expect(() => attentionHeatmap({ queryTokens: ['a'], keyTokens: ['a', 'b'], weights: [[1]] })).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('[1, 2]; got [1, 1]'),
    }),
  )
})

test('a confusion matrix shades shares of its rows and counts what is right', () => {
  const figure = confusionMatrix(
    ['yes', 'no'],
    [
      [3, 1],
      [0, 0],
    ],
  )
  expect(figure.data[0]?.z).toEqual([
    [0.75, 0.25],
    [0, 0],
  ])
  expect(figureBundle(figure)?.['text/plain']).toBe('Answers: 3 of 4 right')
})

test('scores carry their intervals and the baseline', () => {
  const figure = scoreBars([{ label: 'base', value: 0.5, interval: [0.4, 0.7] }], {
    baseline: { label: 'always yes', value: 0.552 },
  })
  const { error_y: error } = figure.data[0] as { error_y: { array: number[]; arrayminus: number[] } }
  expect(error.array[0]).toBeCloseTo(0.2)
  expect(error.arrayminus[0]).toBeCloseTo(0.1)
  expect(figure.layout.shapes).toMatchObject([{ y0: 0.552 }])
  expect(figureBundle(figure)?.['text/plain']).toBe('Scores: base 50.0 % (40.0 % to 70.0 %)')
})

test('every probability falls into one bin', () => {
  const values = Array.from({ length: 101 }, (_, i) => i / 100)
  const counts = likelihoodHistogram([{ label: 'base', values }], { bins: 10 }).data[0]?.y as number[]
  expect(counts).toHaveLength(10)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(101)
})
