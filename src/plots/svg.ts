/** A drawing in pixels; the origin is at the top left. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly size?: number
  readonly color?: string
  readonly isBold?: boolean
  /** Degrees, clockwise, about the text's own point. */
  readonly rotate?: number
}

export const colors: Readonly<Record<'text' | 'muted' | 'grid' | 'accent' | 'second', string>> = {
  text: '#1f2937',
  muted: '#6b7280',
  grid: '#e5e7eb',
  accent: '#2563eb',
  second: '#d97706',
}

/** Everything but the characters that XML allows: control characters and halves of surrogate pairs. */
const NOT_IN_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

/** Text for SVG elements and attributes. */
function escapeXml(text: string): string {
  const allowed = text.replace(NOT_IN_XML, '�')
  return allowed
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** A whole picture on white, with a title for screen readers. */
export function svgDocument(
  { width, height }: { width: number; height: number },
  title: string,
  content: string[],
): string {
  const name = escapeXml(title)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}" font-family="system-ui, sans-serif">`,
    `<title>${name}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...content,
    '</svg>',
  ].join('\n')
}

export function svgText(x: number, y: number, text: string, options: TextOptions = {}): string {
  const { anchor = 'middle', size = 12, color = colors.text, isBold = false, rotate } = options
  const weight = isBold ? ' font-weight="600"' : ''
  const turn = rotate === undefined ? '' : ` transform="rotate(${rotate} ${round(x)} ${round(y)})"`
  const place = `x="${round(x)}" y="${round(y)}"`
  return `<text ${place} font-size="${size}" fill="${color}" text-anchor="${anchor}"${weight}${turn}>${escapeXml(text)}</text>`
}

export function svgRect({ left, top, width, height }: Box, fill: string, hint?: string): string {
  const rect = `<rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" fill="${fill}"`
  return hint === undefined ? `${rect}/>` : `${rect}><title>${escapeXml(hint)}</title></rect>`
}

export function svgLine(
  points: readonly (readonly [number, number])[],
  color: string,
  width: number,
): string {
  const list = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')
  return `<polyline points="${list}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linejoin="round"/>`
}

/** Tenths of a pixel: finer is only longer. */
function round(value: number): number {
  return Math.round(value * 10) / 10
}
