import { linearScale, titles, xAxis, yAxis } from './axes.js'
import { type Figure, makeFigure, plotlyText } from './figure.js'
import { type Box, colors, svgDocument, svgLine, svgRect, svgText } from './svg.js'

export interface LengthHistogramOptions {
  readonly title?: string
  /** What is counted, such as tokens or characters. */
  readonly unit?: string
  /** Number of bars; default by Sturges' rule from the number of values, at least 10. */
  readonly bins?: number
  /** A length to mark, such as the longest the training keeps. */
  readonly limit?: number
}

interface Bin {
  readonly from: number
  readonly to: number
  readonly count: number
}

const size = { width: 760, height: 420 } as const
const box: Box = { left: 72, top: 56, width: 660, height: 290 }

/** How long the texts of a dataset are. */
export function lengthHistogram(lengths: readonly number[], options: LengthHistogramOptions = {}): Figure {
  const { title = 'Length of the examples', unit = 'tokens', limit } = options
  const bins = makeBins(lengths, options.bins ?? Math.max(10, Math.ceil(Math.log2(lengths.length + 1)) * 3))
  const mark = {
    type: 'line',
    x0: limit,
    x1: limit,
    y0: 0,
    y1: 1,
    yref: 'paper',
    line: { dash: 'dash', color: colors.second },
  }
  const longest = lengths.reduce((max, length) => Math.max(max, length), 0)
  return makeFigure({
    data: [
      {
        type: 'bar',
        x: bins.map(({ from, to }) => (from + to) / 2),
        y: bins.map(({ count }) => count),
        width: bins.map(({ from, to }) => to - from),
        hovertext: bins.map(({ from, to, count }) => `${from} to ${to} ${unit}: ${count}`),
        hoverinfo: 'text',
        marker: { line: { width: 1, color: '#ffffff' } },
      },
    ],
    layout: {
      title: { text: plotlyText(title) },
      xaxis: { title: { text: plotlyText(unit) } },
      yaxis: { title: { text: 'examples' } },
      bargap: 0,
      ...(limit === undefined ? {} : { shapes: [mark] }),
    },
    svg: () => draw({ title, unit, bins, limit }),
    text: `${title}: ${lengths.length} values, longest ${longest} ${unit}`,
  })
}

interface Drawing {
  readonly title: string
  readonly unit: string
  readonly bins: readonly Bin[]
  readonly limit: number | undefined
}

function draw({ title, unit, bins, limit }: Drawing): string {
  const bottom = box.top + box.height
  const first = bins[0]?.from ?? 0
  const x = linearScale(
    first,
    Math.max(bins.at(-1)?.to ?? 1, limit ?? 0),
    [box.left, box.left + box.width],
    8,
  )
  const y = linearScale(0, Math.max(1, ...bins.map(({ count }) => count)), [bottom, box.top])
  const bars = bins.map(({ from, to, count }) => {
    const [left, top] = [x.toPixel(from), y.toPixel(count)]
    const bar = {
      left: left + 0.5,
      top,
      width: Math.max(0.5, x.toPixel(to) - left - 1),
      height: bottom - top,
    }
    return svgRect(bar, colors.accent, `${from} to ${to} ${unit}: ${count}`)
  })
  const mark =
    limit === undefined
      ? []
      : [
          svgLine(
            [
              [x.toPixel(limit), box.top],
              [x.toPixel(limit), bottom],
            ],
            colors.second,
            2,
          ),
          svgText(x.toPixel(limit) - 6, box.top + 12, `limit ${limit}`, {
            anchor: 'end',
            color: colors.second,
          }),
        ]
  return svgDocument(size, title, [
    ...titles(box, { title, x: unit, y: 'examples' }),
    ...yAxis(box, y),
    ...bars,
    ...xAxis(box, x),
    ...mark,
  ])
}

/** Bins of equal, whole-numbered width: lengths are counts. */
function makeBins(lengths: readonly number[], count: number): Bin[] {
  if (lengths.length === 0) return []
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const length of lengths) [min, max] = [Math.min(min, length), Math.max(max, length)]
  const width = Math.max(1, Math.ceil((max - min + 1) / count))
  const counts = new Array<number>(Math.ceil((max - min + 1) / width)).fill(0)
  for (const length of lengths) {
    const index = Math.floor((length - min) / width)
    counts[index] = (counts[index] ?? 0) + 1
  }
  return counts.map((value, index) => ({
    from: min + index * width,
    to: min + (index + 1) * width,
    count: value,
  }))
}
