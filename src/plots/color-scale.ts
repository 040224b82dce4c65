/** Light to dark in steps that eyes, colour-blind or not, and grey printers keep in order. */
const stops: readonly (readonly [number, number, number])[] = [
  [247, 251, 255],
  [198, 219, 239],
  [107, 174, 214],
  [33, 113, 181],
  [8, 48, 107],
]

/** The same scale in plotly's form. */
export const colorScale: readonly (readonly [number, string])[] = stops.map(
  ([red, green, blue], index) => [index / (stops.length - 1), `rgb(${red},${green},${blue})`] as const,
)

/** @param share 0 … 1; values outside are taken for the nearer end */
export function colorAt(share: number): string {
  const position = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * (stops.length - 1)
  const index = Math.min(stops.length - 2, Math.floor(position))
  const [low, high] = [stops[index], stops[index + 1]]
  const channel = (part: 0 | 1 | 2) => {
    const from = low?.[part] ?? 0
    return Math.round(from + ((high?.[part] ?? from) - from) * (position - index))
  }
  return `#${[channel(0), channel(1), channel(2)].map((value) => value.toString(16).padStart(2, '0')).join('')}`
}
