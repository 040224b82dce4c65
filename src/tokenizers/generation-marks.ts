/** Names of the variables that stand where a template's `{% generation %}` blocks begin and end. */
export const generationVariables = {
  begin: 'medtune_generation_begin',
  end: 'medtune_generation_end',
} as const

const generationTag = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g

/**
 * A Jinja template whose `{% generation %}` blocks are written as variables, so that any Jinja renders it. Blanks around
 * the tags are those of a tag: each becomes an `if` block, which the engine trims as such.
 *
 * @returns the source, and whether it has such blocks
 */
export function markGeneration(source: string): { source: string; hasMarks: boolean } {
  let hasMarks = false
  const marked = source.replace(generationTag, (_, left: string, end: string | undefined, right: string) => {
    hasMarks = true
    const variable = end === undefined ? generationVariables.begin : generationVariables.end
    return `{%${left} if true %}{{ ${variable} }}{% endif ${right}%}`
  })
  return { source: marked, hasMarks }
}

export type TextSpan = readonly [begin: number, end: number]

/**
 * A rendered text without its marks, and where the marked parts are in it, as [begin, end) in UTF-16 units.
 *
 * @param marks texts that occur nowhere else in it
 */
export function takeMarks(
  text: string,
  marks: { readonly begin: string; readonly end: string },
): { text: string; spans: TextSpan[] } {
  const spans: TextSpan[] = []
  let plain = ''
  for (const [index, part] of text.split(marks.begin).entries()) {
    const [inside = '', ...outside] = part.split(marks.end)
    if (index > 0) spans.push([plain.length, plain.length + inside.length])
    plain += inside + outside.join('')
  }
  return { text: plain, spans }
}

/** Two texts that none of the given ones holds. */
export function unusedMarks(texts: readonly string[]): { begin: string; end: string } {
  let mark = '\uE000'
  while (texts.some((text) => text.includes(mark))) mark += '\uE000'
  return { begin: `${mark}\uE001`, end: `${mark}\uE002` }
}
