import { linearScale, titles, xAxis, yAxis } from './axes.js'
import { type Figure, makeFigure, plotlyText } from './figure.js'
import { type Box, colors, svgDocument, svgLine, svgText } from './svg.js'

/** One line of a training log; more fields do not matter. */
export interface LossPoint {
  readonly step: number
  readonly loss: number
}

export interface LossCurveOptions {
  readonly title?: string
  /** Weight of the past in the smoothed line, in [0, 1); 0 draws none. Default 0.8 from 10 points on. */
  readonly smoothing?: number
  /** The whole training's last step: the axis then stays as it is while the curve grows. */
  readonly maxSteps?: number
}

const size = { width: 760, height: 420 } as const
const box: Box = { left: 72, top: 56, width: 660, height: 290 }

/** Training loss by step, with an exponential moving average (bias-corrected as in Adam) over it. */
export function lossCurve(log: readonly LossPoint[], options: LossCurveOptions = {}): Figure {
  const { title = 'Training loss', maxSteps } = options
  const points = log.filter(({ loss }) => Number.isFinite(loss))
  const smoothing = options.smoothing ?? (points.length >= 10 ? 0.8 : 0)
  const smooth = smoothing > 0 ? movingAverage(points, smoothing) : []
  const steps = points.map(({ step }) => step)
  const lastStep = Math.max(maxSteps ?? 1, ...steps)
  const trace = (name: string, y: readonly number[], line: object) => ({
    type: 'scatter',
    mode: 'lines',
    name,
    x: steps,
    y,
    line,
  })
  const data = [
    trace(
      'loss',
      points.map(({ loss }) => loss),
      { width: smooth.length > 0 ? 1 : 2 },
    ),
  ]
  if (smooth.length > 0) data.push(trace('moving average', smooth, { width: 3 }))
  const last = points.at(-1)
  return makeFigure({
    data,
    layout: {
      title: { text: plotlyText(title) },
      xaxis: { title: { text: 'step' }, range: [0, lastStep] },
      yaxis: { title: { text: 'loss' }, rangemode: 'tozero' },
      showlegend: smooth.length > 0,
    },
    svg: () => draw({ title, points, smooth, lastStep }),
    text: last
      ? `${title}: ${last.loss.toFixed(4)} at step ${last.step} (${points.length} points)`
      : `${title}: no points yet`,
  })
}

interface Drawing {
  readonly title: string
  readonly points: readonly LossPoint[]
  readonly smooth: readonly number[]
  readonly lastStep: number
}

function draw({ title, points, smooth, lastStep }: Drawing): string {
  const bottom = box.top + box.height
  const x = linearScale(0, lastStep, [box.left, box.left + box.width])
  const y = linearScale(0, Math.max(1e-9, ...points.map(({ loss }) => loss)), [bottom, box.top])
  const at = (step: number, loss: number) => [x.toPixel(step), y.toPixel(loss)] as const
  const raw = points.map(({ step, loss }) => at(step, loss))
  const average = points.map(({ step }, index) => at(step, smooth[index] ?? 0))
  const legend =
    smooth.length > 0
      ? [
          svgText(box.left + box.width, box.top + 14, 'loss', { anchor: 'end', color: colors.accent }),
          svgText(box.left + box.width, box.top + 30, 'moving average', {
            anchor: 'end',
            color: colors.second,
          }),
        ]
      : []
  return svgDocument(size, title, [
    ...titles(box, { title, x: 'step', y: 'loss' }),
    ...yAxis(box, y),
    ...xAxis(box, x),
    svgLine(raw, colors.accent, smooth.length > 0 ? 1 : 2),
    ...(smooth.length > 0 ? [svgLine(average, colors.second, 2.5)] : []),
    ...legend,
  ])
}

function movingAverage(points: readonly LossPoint[], weight: number): number[] {
  let sum = 0
  return points.map(({ loss }, index) => {
    sum = weight * sum + (1 - weight) * loss
    return sum / (1 - weight ** (index + 1))
  })
}
