/** Plotly draws a small set of tags in texts, links among them. A figure may come from a notebook nobody trusts. */

const keptTags = /<(?!\/?(?:b|i|em|strong|sub|sup|s|u|br)\b\s*\/?>)[a-z/!][^>]*>?/gi

/** Keys whose values Plotly follows or fetches. */
const addressKeys = new Set(['href', 'src', 'source', 'geojson', 'topojsonURL', 'plotlyServerURL', 'style'])

const isSafeAddress = (value: unknown): boolean =>
  typeof value === 'string' && /^data:image\/(png|jpeg|gif|webp);base64,/i.test(value)

/** @returns a copy without links, markup that is more than emphasis, and addresses of other hosts */
export function safeFigure(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    if (addressKeys.has(key)) return isSafeAddress(value) ? value : ''
    return value.replace(keptTags, '')
  }
  if (Array.isArray(value)) return value.map((item) => safeFigure(item, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      // Plain number arrays are long; `safeFigure` of a number is itself.
      .filter(([name, item]) => !addressKeys.has(name) || typeof item !== 'string' || isSafeAddress(item))
      .map(([name, item]) => [name, safeFigure(item, name)]),
  )
}
