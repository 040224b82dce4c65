import { escapeHtml } from './escape-html.js'

type TypeScript = typeof import('typescript')

/** TypeScript code as HTML with the classes keyword, string, number, comment and regexp. */
export function highlightTypeScript(ts: TypeScript, code: string): string {
  const classNames: Readonly<Record<number, string>> = {
    [ts.TokenClass.Keyword]: 'keyword',
    [ts.TokenClass.Comment]: 'comment',
    [ts.TokenClass.NumberLiteral]: 'number',
    [ts.TokenClass.BigIntLiteral]: 'number',
    [ts.TokenClass.StringLiteral]: 'string',
    [ts.TokenClass.RegExpLiteral]: 'regexp',
  }
  const classifier = ts.createClassifier()
  let state: import('typescript').EndOfLineState = ts.EndOfLineState.None
  const lines = code.split('\n').map((line) => {
    const { entries, finalLexState } = classifier.getClassificationsForLine(line, state, true)
    state = finalLexState
    let position = 0
    return entries
      .map(({ length, classification }) => {
        const text = escapeHtml(line.slice(position, position + length))
        position += length
        const name = classNames[classification]
        return name === undefined ? text : `<span class="${name}">${text}</span>`
      })
      .join('')
  })
  return lines.join('\n')
}
