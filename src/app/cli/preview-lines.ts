import type { PreviewRow, PreviewToken, TrainingPreview } from '../../pipelines/preview-training.js'

export interface PreviewLook {
  /** Width of the terminal; default 100. */
  readonly columns?: number | undefined
  /** Whether colours may be used; otherwise a line of marks stands below. */
  readonly colour: boolean
  /** Whether tokens far from a change of the loss are shown too. */
  readonly allTokens: boolean
}

/** Tokens shown on each side of where the loss starts or ends, and at both ends of a row. */
const shownAround = 24

const learnedStyle = ['\u001b[30;42m', '\u001b[0m'] as const
const faintStyle = ['\u001b[2m', '\u001b[0m'] as const

/** A preview as lines for a terminal: tokens over their ids, tokens with loss coloured or marked with `^`. */
export function previewLines(preview: TrainingPreview, look: PreviewLook): string[] {
  const legend = look.colour
    ? `${learnedStyle.join(' with loss ')} ${faintStyle.join('without loss')}`
    : '^ marks tokens with loss'
  return [
    ...preview.rows.flatMap((row) => rowLines(row, preview.rowCount, look)),
    `${legend}   · blank, ↵ line end`,
    ...preview.notes.map((note) => `Note      ${note}`),
  ]
}

function rowLines(
  { row, tokens, parts, labels, notes }: PreviewRow,
  rowCount: number,
  look: PreviewLook,
): string[] {
  const joined = parts.length > 1 ? `, ${parts.length} rows in one` : ''
  let begin = 0
  const body = parts.flatMap((length, part) => {
    const own = tokens.slice(begin, begin + length)
    begin += length
    const title = parts.length > 1 ? [`  part ${part + 1}: ${length} tokens`] : []
    return [...title, ...partLines(own, look)]
  })
  return [
    `Row ${row} of ${rowCount}: ${tokens.length} tokens, ${labels} with loss${joined}`,
    ...body,
    ...notes.map((note) => `  ! ${note}`),
    '',
  ]
}

function partLines(tokens: readonly PreviewToken[], look: PreviewLook): string[] {
  const spans = look.allTokens ? [[0, tokens.length] as const] : shownSpans(tokens)
  return spans.flatMap(([begin, end], i) => {
    const hidden = begin - (spans[i - 1]?.[1] ?? 0)
    const learned = tokens[begin - 1]?.learned === true ? 'with' : 'without'
    const gap = hidden > 0 ? [`  … ${hidden} tokens ${learned} loss …`] : []
    return [...gap, ...tokenLines(tokens.slice(begin, end), look)]
  })
}

/** Spans around both ends and changes, as [begin, end). */
function shownSpans(tokens: readonly PreviewToken[]): (readonly [number, number])[] {
  const changes = tokens.flatMap(({ learned }, t) => (t > 0 && learned !== tokens[t - 1]?.learned ? [t] : []))
  const spans: [number, number][] = []
  for (const at of [0, ...changes, tokens.length]) {
    const [begin, end] = [Math.max(0, at - shownAround), Math.min(tokens.length, at + shownAround)]
    const last = spans.at(-1)
    if (last !== undefined && begin <= last[1]) last[1] = end
    else spans.push([begin, end])
  }
  return spans
}

/** Tokens over ids, as many columns as fit. */
function tokenLines(tokens: readonly PreviewToken[], { columns = 100, colour }: PreviewLook): string[] {
  const lines: string[] = []
  let cells: { readonly token: PreviewToken; readonly width: number }[] = []
  let used = 2
  const flush = (): void => {
    if (cells.length === 0) return
    const texts = cells.map(({ token, width }) => styled(token, pad(token.text, width), colour)).join(' ')
    lines.push(`  ${texts.trimEnd()}`)
    const ids = cells.map(({ token, width }) => String(token.id).padEnd(width)).join(' ')
    lines.push(`  ${colour ? faintStyle.join(ids) : ids.trimEnd()}`)
    const marks = cells.map(({ token, width }) => (token.learned ? '^'.repeat(width) : ' '.repeat(width)))
    if (!colour && cells.some(({ token }) => token.learned)) lines.push(`  ${marks.join(' ').trimEnd()}`)
    cells = []
    used = 2
  }
  for (const token of tokens) {
    const width = Math.max(displayWidth(token.text), String(token.id).length)
    if (used + width > columns) flush()
    cells.push({ token, width })
    used += width + 1
  }
  flush()
  return lines
}

function styled({ learned }: PreviewToken, text: string, colour: boolean): string {
  if (!colour) return text
  return (learned ? learnedStyle : faintStyle).join(text)
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

/** Columns of a text: wide characters take two, marks that combine none. */
function displayWidth(text: string): number {
  return [...text].reduce((sum, character) => {
    if (/\p{M}|\p{Cf}/u.test(character)) return sum
    return (
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u.test(
        character,
      )
        ? 2
        : 1)
    )
  }, 0)
}
