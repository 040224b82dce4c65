import { colorAt, colorScale } from './color-scale.js'
import { type Figure, makeFigure, plotlyText } from './figure.js'
import { type Box, colors, svgDocument, svgRect, svgText } from './svg.js'

export interface ConfusionMatrixOptions {
  readonly title?: string
}

const size = { width: 480, height: 440 } as const
const box: Box = { left: 110, top: 70, width: 330, height: 300 }

/**
 * How often each right answer (row) met each given one (column); shades are shares of the row.
 *
 * @param labels of rows and columns
 * @param counts [right][given]
 */
export function confusionMatrix(
  labels: readonly string[],
  counts: readonly (readonly number[])[],
  { title = 'Answers' }: ConfusionMatrixOptions = {},
): Figure {
  const cells = labels.map((_, row) => {
    const values = labels.map((_label, column) => counts[row]?.[column] ?? 0)
    const total = values.reduce((sum, count) => sum + count, 0)
    return values.map((count) => ({ count, share: total === 0 ? 0 : count / total }))
  })
  const right = cells.reduce((sum, row, i) => sum + (row[i]?.count ?? 0), 0)
  const all = cells.flat().reduce((sum, { count }) => sum + count, 0)
  return makeFigure({
    data: [
      {
        type: 'heatmap',
        x: labels.map(plotlyText),
        y: labels.map(plotlyText),
        z: cells.map((row) => row.map(({ share }) => share)),
        text: cells.map((row) => row.map(({ count }) => String(count))),
        texttemplate: '%{text}',
        colorscale: colorScale,
        zmin: 0,
        zmax: 1,
        colorbar: { title: { text: 'share of row' } },
      },
    ],
    layout: {
      title: { text: plotlyText(title) },
      xaxis: { title: { text: 'answer given' }, type: 'category' },
      yaxis: { title: { text: 'right answer' }, type: 'category', autorange: 'reversed' },
    },
    svg: () => draw(title, labels, cells),
    text: `${title}: ${right} of ${all} right`,
  })
}

interface Cell {
  readonly count: number
  readonly share: number
}

function draw(title: string, labels: readonly string[], cells: readonly (readonly Cell[])[]): string {
  const [width, height] = [box.width / Math.max(1, labels.length), box.height / Math.max(1, labels.length)]
  const drawn = cells.flatMap((row, i) =>
    row.flatMap(({ count, share }, j) => {
      const [left, top] = [box.left + j * width, box.top + i * height]
      const hint = `${labels[i]} answered ${labels[j]}: ${count}`
      const color = share > 0.5 ? '#ffffff' : colors.text
      return [
        svgRect({ left, top, width: width - 2, height: height - 2 }, colorAt(share), hint),
        svgText(left + width / 2, top + height / 2 + 5, String(count), { size: 15, color }),
      ]
    }),
  )
  const names = labels.flatMap((label, i) => [
    svgText(box.left - 10, box.top + (i + 0.5) * height + 4, label, { anchor: 'end' }),
    svgText(box.left + (i + 0.5) * width, box.top + box.height + 18, label),
  ])
  return svgDocument(size, title, [
    svgText(size.width / 2, 30, title, { size: 16, isBold: true }),
    svgText(box.left + box.width / 2, box.top + box.height + 44, 'answer given', { size: 13 }),
    svgText(26, box.top + box.height / 2, 'right answer', { size: 13, rotate: -90 }),
    ...drawn,
    ...names,
  ])
}
