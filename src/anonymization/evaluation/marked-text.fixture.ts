/** A gold span: where and of what kind. */
export interface GoldSpan {
  readonly start: number
  readonly end: number
  readonly type: string
}

/** Reads `… {TYPE|value} …` into the text without marks and its spans. */
export function readMarkedText(marked: string): { text: string; spans: GoldSpan[] } {
  const spans: GoldSpan[] = []
  let text = ''
  let copied = 0
  for (const match of marked.matchAll(/\{([A-Z_]+)\|([^}]*)\}/g)) {
    text += marked.slice(copied, match.index)
    const [, type = '', value = ''] = match
    spans.push({ start: text.length, end: text.length + value.length, type })
    text += value
    copied = match.index + match[0].length
  }
  return { text: text + marked.slice(copied), spans }
}
