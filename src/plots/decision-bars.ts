import { linearScale, titles, yAxis } from './axes.js'
import { type Figure, makeFigure, plotlyText } from './figure.js'
import { type Box, colors, svgDocument, svgLine, svgRect, svgText } from './svg.js'

export interface DecisionBarsOptions {
  readonly title?: string
}

const size = { width: 640, height: 400 } as const
const box: Box = { left: 72, top: 56, width: 540, height: 270 }

/**
 * How often each answer occurs, such as `{ yes: 552, no: 338, maybe: 110 }`, with its share.
 */
export function decisionBars(
  counts: Readonly<Record<string, number>>,
  options: DecisionBarsOptions = {},
): Figure {
  const { title = 'Decisions' } = options
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const bars = Object.entries(counts).map(([label, count]) => ({
    label,
    count,
    share: `${count} (${total === 0 ? 0 : ((100 * count) / total).toFixed(1)} %)`,
  }))
  return makeFigure({
    data: [
      {
        type: 'bar',
        x: bars.map(({ label }) => plotlyText(label)),
        y: bars.map(({ count }) => count),
        text: bars.map(({ share }) => share),
        textposition: 'outside',
        cliponaxis: false,
      },
    ],
    layout: {
      title: { text: plotlyText(title) },
      xaxis: { title: { text: 'decision' }, type: 'category' },
      yaxis: { title: { text: 'records' } },
    },
    svg: () => draw(title, bars),
    text: `${title}: ${bars.map(({ label, share }) => `${label} ${share}`).join(', ')}`,
  })
}

function draw(title: string, bars: readonly { label: string; count: number; share: string }[]): string {
  const bottom = box.top + box.height
  const y = linearScale(0, Math.max(1, ...bars.map(({ count }) => count)) * 1.08, [bottom, box.top])
  const slot = box.width / Math.max(1, bars.length)
  const drawn = bars.flatMap(({ label, count, share }, index) => {
    const middle = box.left + (index + 0.5) * slot
    const width = Math.min(110, slot * 0.7)
    const top = y.toPixel(count)
    return [
      svgRect({ left: middle - width / 2, top, width, height: bottom - top }, colors.accent),
      svgText(middle, top - 6, share),
      svgText(middle, bottom + 18, label),
    ]
  })
  return svgDocument(size, title, [
    ...titles(box, { title, x: 'decision', y: 'records' }),
    ...yAxis(box, y),
    svgLine(
      [
        [box.left, bottom],
        [box.left + box.width, bottom],
      ],
      colors.muted,
      1,
    ),
    ...drawn,
  ])
}
