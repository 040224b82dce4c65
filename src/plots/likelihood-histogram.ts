import { linearScale, titles, xAxis, yAxis } from './axes.js'
import { type Figure, makeFigure, plotlyText } from './figure.js'
import { type Box, colors, svgDocument, svgRect, svgText } from './svg.js'

/** Probabilities under one name, such as a model's. */
export interface LikelihoodSeries {
  readonly label: string
  /** Each in 0 … 1. */
  readonly values: readonly number[]
}

export interface LikelihoodHistogramOptions {
  readonly title?: string
  readonly bins?: number
}

const size = { width: 700, height: 400 } as const
const box: Box = { left: 72, top: 56, width: 600, height: 270 }
const fills = [colors.accent, colors.second]

/** How sure a model is of the right answer: records by the probability that it gives to it, one colour per series. */
export function likelihoodHistogram(
  series: readonly LikelihoodSeries[],
  { title = 'Probability of the right answer', bins = 20 }: LikelihoodHistogramOptions = {},
): Figure {
  const counted = series.map(({ label, values }) => {
    const known = values.filter(Number.isFinite)
    const counts = new Array<number>(bins).fill(0)
    for (const value of known) {
      const bin = Math.min(bins - 1, Math.max(0, Math.floor(value * bins)))
      counts[bin] = (counts[bin] ?? 0) + 1
    }
    return { label, counts, mean: known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length) }
  })
  return makeFigure({
    data: counted.map(({ label, counts }) => ({
      type: 'bar',
      name: plotlyText(label),
      x: counts.map((_, bin) => (bin + 0.5) / bins),
      y: counts,
      opacity: 0.7,
    })),
    layout: {
      title: { text: plotlyText(title) },
      barmode: 'group',
      xaxis: { title: { text: 'probability' }, range: [0, 1] },
      yaxis: { title: { text: 'records' } },
      showlegend: series.length > 1,
    },
    svg: () => draw(title, counted),
    text: `${title}: ${counted.map(({ label, mean }) => `${label} ${mean.toFixed(3)} on average`).join(', ')}`,
  })
}

interface Counted {
  readonly label: string
  readonly counts: readonly number[]
}

function draw(title: string, series: readonly Counted[]): string {
  const bottom = box.top + box.height
  const x = linearScale(0, 1, [box.left, box.left + box.width])
  const most = Math.max(1, ...series.flatMap(({ counts }) => counts))
  const y = linearScale(0, most, [bottom, box.top])
  const bars = series.flatMap(({ counts }, index) => {
    const slot = box.width / Math.max(1, counts.length)
    const width = (slot - 1) / Math.max(1, series.length)
    const fill = fills[index % fills.length] ?? colors.accent
    return counts.flatMap((count, bin) => {
      const top = y.toPixel(count)
      const left = box.left + bin * slot + index * width
      return count === 0
        ? []
        : [svgRect({ left, top, width, height: bottom - top }, fill, `${count} records`)]
    })
  })
  const legend = series.map(({ label }, index) =>
    svgText(box.left + box.width, box.top + 14 + 16 * index, label, {
      ...{ anchor: 'end', color: fills[index % fills.length] ?? colors.accent },
    }),
  )
  return svgDocument(size, title, [
    ...titles(box, { title, x: 'probability', y: 'records' }),
    ...yAxis(box, y),
    ...xAxis(box, x),
    ...bars,
    ...legend,
  ])
}
