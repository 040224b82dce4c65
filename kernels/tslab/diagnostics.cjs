// @ts-check
'use strict'
// Type errors of a cell as Jupyter errors: where, what, and the line itself.

/** @typedef {{ ename: string, evalue: string, traceback: string[] }} ErrorReport */

/**
 * @param {import('tslab/dist/converter').Diagnostic[]} diagnostics
 * @param {string} code
 * @returns {ErrorReport}
 */
function describeDiagnostics(diagnostics, code) {
  const lines = code.split('\n')
  const messages = diagnostics.map(({ fileName, start, code: number, messageText }) => {
    const place = `${fileName ? `${fileName} ` : ''}${start.line + 1}:${start.character + 1}`
    return `${place} - error TS${number}: ${messageText}`
  })
  const traceback = diagnostics.flatMap(({ fileName, start, end }, index) => {
    const line = fileName === undefined ? lines[start.line] : undefined
    if (line === undefined) return [messages[index]]
    const width =
      end.line === start.line ? Math.max(1, end.character - start.character) : line.length - start.character
    return [messages[index], `  ${line}`, `  ${' '.repeat(start.character)}${'~'.repeat(Math.max(1, width))}`]
  })
  return { ename: 'TypeScriptError', evalue: messages.join('\n'), traceback }
}

module.exports = { describeDiagnostics }
