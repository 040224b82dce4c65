const size = { width: 240, height: 56, margin: 3 }
const svgNamespace = 'http://www.w3.org/2000/svg'

/** A small labelled curve with its last value. Values that are not finite are left out. */
export function sparkline(label: string, values: readonly number[], lastText: string): HTMLElement {
  const figure = document.createElement('figure')
  const caption = document.createElement('figcaption')
  const strong = document.createElement('strong')
  strong.textContent = lastText
  caption.append(`${label} `, strong)
  const svg = document.createElementNS(svgNamespace, 'svg')
  svg.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`)
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', `${label}, ${values.length} values, last ${lastText}`)
  const line = document.createElementNS(svgNamespace, 'polyline')
  line.setAttribute('points', pointsOf(values))
  svg.append(line)
  figure.append(caption, svg)
  return figure
}

function pointsOf(values: readonly number[]): string {
  const known = values.map((value, at) => ({ value, at })).filter(({ value }) => Number.isFinite(value))
  const low = known.reduce((least, { value }) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = known.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  const x = (at: number) =>
    size.margin + (at / Math.max(1, values.length - 1)) * (size.width - 2 * size.margin)
  const y = (value: number) =>
    size.height - size.margin - ((value - low) / (high - low || 1)) * (size.height - 2 * size.margin)
  return known.map(({ value, at }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
}
