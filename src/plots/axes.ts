import { type Box, colors, svgLine, svgText } from './svg.js'

/** Maps data to pixels and knows where round numbers lie. */
export interface Scale {
  readonly ticks: readonly number[]
  toPixel(value: number): number
}

/** A number in the fewest digits that tell it: 1200 → 1.2k, 0.0002 → 2e-4. */
export function formatTick(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return `${trim(value / 1e6)}M`
  if (size >= 1e4) return `${trim(value / 1e3)}k`
  if (size !== 0 && size < 1e-3) return value.toExponential(1).replace('.0e', 'e')
  return trim(value)
}

function trim(value: number): string {
  return String(Number(value.toPrecision(4)))
}

/**
 * A linear scale whose ends are round numbers.
 *
 * @param pixels from and to, for instance bottom and top of the box
 */
export function linearScale(
  min: number,
  max: number,
  pixels: readonly [number, number],
  tickCount: number = 6,
): Scale {
  const [low, high] = max > min ? [min, max] : [min - 0.5, min + 0.5]
  const step = roundStep((high - low) / tickCount)
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil(high / step - 1e-9)
  const ticks = Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  )
  const [from, to] = pixels
  const span = (last - first) * step
  return { ticks, toPixel: (value) => from + ((value - first * step) / span) * (to - from) }
}

/** 1, 2 or 5 times a power of ten. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step))
  const factor = [1, 2, 5].find((candidate) => candidate * power >= step * 0.999) ?? 10
  return factor * power
}

/** Grid lines and numbers of a vertical axis. */
export function yAxis({ left, width }: Box, scale: Scale): string[] {
  return scale.ticks.flatMap((tick) => {
    const y = scale.toPixel(tick)
    return [
      svgLine(
        [
          [left, y],
          [left + width, y],
        ],
        colors.grid,
        1,
      ),
      svgText(left - 8, y + 4, formatTick(tick), { anchor: 'end', color: colors.muted }),
    ]
  })
}

/** Numbers of a horizontal axis and its line. */
export function xAxis(box: Box, scale: Scale): string[] {
  const bottom = box.top + box.height
  const numbers = scale.ticks.map((tick) =>
    svgText(scale.toPixel(tick), bottom + 18, formatTick(tick), { color: colors.muted }),
  )
  return [
    svgLine(
      [
        [box.left, bottom],
        [box.left + box.width, bottom],
      ],
      colors.muted,
      1,
    ),
    ...numbers,
  ]
}

/** Title above the box, names of both axes beside it. */
export function titles(box: Box, { title, x, y }: { title: string; x: string; y: string }): string[] {
  const middle = box.left + box.width / 2
  return [
    svgText(middle, box.top - 20, title, { size: 16, isBold: true }),
    svgText(middle, box.top + box.height + 42, x, { size: 13 }),
    svgText(box.left - 52, box.top + box.height / 2, y, { size: 13, rotate: -90 }),
  ]
}
