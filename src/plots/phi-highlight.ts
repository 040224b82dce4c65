/** A place in a text and the kind of identifier found there; UTF-16 code units. */
export interface HighlightSpan {
  readonly start: number
  readonly end: number
  readonly type: string
}

/** Something to show in a notebook cell, and as text on a terminal. */
export interface HtmlBundle {
  readonly 'text/html': string
  readonly 'text/plain': string
}

// Both colors are set, so that a dark theme changes neither.
const markStyle = 'background:#fde68a;color:#1f2937;border-radius:3px;padding:0 2px'
const afterStyle = 'background:#bbf7d0;color:#14532d;border-radius:3px;padding:0 2px'
const textStyle = 'white-space:pre-wrap;line-height:1.6;margin:0 0 8px'

/**
 * A text before and after its identifiers were replaced by their kinds, both with the places marked. It shows the
 * identifiers: for made-up texts, or for eyes that may see them.
 *
 * @param spans disjoint, in order of the text; ends beyond it are cut
 */
export function phiHighlight(text: string, spans: readonly HighlightSpan[]): HtmlBundle {
  const before = parts(text, spans)
  const after = before.map(({ content, type }) => ({
    content: type === undefined ? content : `[${type}]`,
    type,
  }))
  return {
    'text/html': `<div>${labelled('before', marked(before, markStyle))}${labelled('after', marked(after, afterStyle))}</div>`,
    'text/plain': `before: ${plain(before)}\nafter:  ${plain(after)}`,
  }
}

/** A table of the kinds that were found, most frequent first; kinds that were not found are left out. */
export function phiCounts(counts: Readonly<Record<string, number>>): HtmlBundle {
  const found = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
  const rows = [...found, ['total', found.reduce((sum, [, count]) => sum + count, 0)] as const]
  const width = Math.max(...rows.map(([kind]) => kind.length))
  const body = rows.map(
    ([kind, count]) => `<tr><td style="text-align:left">${escapeHtml(kind)}</td><td>${count}</td></tr>`,
  )
  return {
    'text/html': `<table><thead><tr><th style="text-align:left">kind</th><th>count</th></tr></thead><tbody>${body.join('')}</tbody></table>`,
    'text/plain': rows.map(([kind, count]) => `${kind.padEnd(width)}  ${count}`).join('\n'),
  }
}

interface Part {
  readonly content: string
  readonly type: string | undefined
}

function parts(text: string, spans: readonly HighlightSpan[]): Part[] {
  const list: Part[] = []
  let copied = 0
  for (const { start, end, type } of spans) {
    list.push({ content: text.slice(copied, start), type: undefined })
    list.push({ content: text.slice(start, end), type })
    copied = end
  }
  list.push({ content: text.slice(copied), type: undefined })
  return list
}

function marked(list: readonly Part[], style: string): string {
  return list
    .map(({ content, type }) =>
      type === undefined
        ? escapeHtml(content)
        : `<mark title="${escapeHtml(type)}" style="${style}">${escapeHtml(content)}</mark>`,
    )
    .join('')
}

function labelled(label: string, html: string): string {
  return `<p style="${textStyle}"><strong>${label}</strong> ${html}</p>`
}

function plain(list: readonly Part[]): string {
  return list.map(({ content }) => content).join('')
}

/** Text for element content and quoted attributes. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
