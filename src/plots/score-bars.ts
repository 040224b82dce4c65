import { linearScale, titles, yAxis } from './axes.js'
import { type Figure, makeFigure, plotlyText } from './figure.js'
import { type Box, colors, svgDocument, svgLine, svgRect, svgText } from './svg.js'

/** A score in 0 … 1 with the interval it lies in. */
export interface ScoreBar {
  readonly label: string
  readonly value: number
  readonly interval: readonly [low: number, high: number]
}

export interface ScoreBarsOptions {
  readonly title?: string
  readonly scoreName?: string
  /** What is reached without knowing anything; drawn as a line. */
  readonly baseline?: { readonly label: string; readonly value: number } | undefined
}

const size = { width: 640, height: 400 } as const
const box: Box = { left: 72, top: 56, width: 540, height: 270 }

/** Scores side by side, such as accuracy before and after training, with their intervals. */
export function scoreBars(scores: readonly ScoreBar[], options: ScoreBarsOptions = {}): Figure {
  const { title = 'Scores', scoreName = 'accuracy', baseline } = options
  const outer = scores.map(({ value, interval: [low, high] }) => ({
    above: high - value,
    below: value - low,
  }))
  const line = { type: 'line', xref: 'paper', x0: 0, x1: 1, y0: baseline?.value, y1: baseline?.value }
  return makeFigure({
    data: [
      {
        type: 'bar',
        x: scores.map(({ label }) => plotlyText(label)),
        y: scores.map(({ value }) => value),
        error_y: {
          type: 'data',
          symmetric: false,
          array: outer.map(({ above }) => above),
          arrayminus: outer.map(({ below }) => below),
        },
      },
    ],
    layout: {
      title: { text: plotlyText(title) },
      xaxis: { type: 'category' },
      yaxis: { title: { text: plotlyText(scoreName) }, range: [0, 1], tickformat: '.0%' },
      ...(baseline === undefined
        ? {}
        : { shapes: [{ ...line, line: { dash: 'dash', color: colors.muted } }] }),
      ...(baseline === undefined
        ? {}
        : {
            annotations: [
              {
                ...{ xref: 'paper', x: 1, y: baseline.value, yanchor: 'bottom', showarrow: false },
                text: plotlyText(baseline.label),
              },
            ],
          }),
    },
    svg: () => draw({ title, scoreName, baseline, scores }),
    text: `${title}: ${scores.map(({ label, value, interval }) => `${label} ${percent(value)} (${interval.map(percent).join(' to ')})`).join(', ')}`,
  })
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`
}

interface Drawing {
  readonly title: string
  readonly scoreName: string
  readonly baseline: ScoreBarsOptions['baseline']
  readonly scores: readonly ScoreBar[]
}

function draw({ title, scoreName, baseline, scores }: Drawing): string {
  const bottom = box.top + box.height
  const y = linearScale(0, 1, [bottom, box.top])
  const slot = box.width / Math.max(1, scores.length)
  const bars = scores.flatMap(({ label, value, interval: [low, high] }, index) => {
    const middle = box.left + (index + 0.5) * slot
    const width = Math.min(90, slot * 0.6)
    const [top, upper, lower] = [y.toPixel(value), y.toPixel(high), y.toPixel(low)]
    const line = (ends: readonly (readonly [number, number])[]): string => svgLine(ends, colors.text, 1.5)
    return [
      svgRect({ left: middle - width / 2, top, width, height: bottom - top }, colors.accent),
      line([
        [middle, upper],
        [middle, lower],
      ]),
      line([
        [middle - 6, upper],
        [middle + 6, upper],
      ]),
      line([
        [middle - 6, lower],
        [middle + 6, lower],
      ]),
      svgText(middle, upper - 6, percent(value)),
      svgText(middle, bottom + 18, label),
    ]
  })
  const right = box.left + box.width
  const level = baseline === undefined ? 0 : y.toPixel(baseline.value)
  return svgDocument(size, title, [
    ...titles(box, { title, x: '', y: scoreName }),
    ...yAxis(box, y),
    ...bars,
    ...(baseline === undefined
      ? []
      : [
          svgLine(
            [
              [box.left, level],
              [right, level],
            ],
            colors.second,
            1.5,
          ),
          svgText(right, level - 5, baseline.label, { anchor: 'end', color: colors.second }),
        ]),
  ])
}
