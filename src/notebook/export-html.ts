import { replaceAttachments } from './attachments.js'
import { escapeHtml } from './escape-html.js'
import { highlightTypeScript } from './highlight-typescript.js'
import { htmlStyle } from './html-style.js'
import { markdownToHtml } from './markdown-to-html.js'

import type { Cell, CodeCell, MimeBundle, Notebook, Output } from './nbformat.js'
import { errorText, pickText, stripAnsi } from './output-text.js'

const IMAGE_TYPES = ['image/svg+xml', 'image/png', 'image/jpeg', 'image/gif']
/** After pictures, which need no script, best first. */
const TEXT_TYPES = ['text/html', 'text/markdown', 'text/latex', 'text/plain']

/** No script runs in the page and nothing is loaded from elsewhere, whatever the notebook contains. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-src 'self'"

/**
 * The notebook as one HTML file that needs no other. What cells produced is untrusted: pictures are embedded as
 * images, HTML sits in a sandbox without scripts, everything else is escaped.
 */
export async function exportHtml(notebook: Notebook, title: string): Promise<string> {
  const { default: ts } = await import('typescript')
  const highlight = (code: string) => highlightTypeScript(ts, code)
  const cells = notebook.cells.map((cell) => cellHtml(cell, highlight)).filter((html) => html !== '')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(POLICY)}">
<title>${escapeHtml(title)}</title>
<style>${htmlStyle}</style>
</head>
<body>
<main>
${cells.join('\n')}
</main>
</body>
</html>
`
}

function cellHtml(cell: Cell, highlight: (code: string) => string): string {
  if (cell.cell_type === 'raw') return ''
  if (cell.cell_type === 'markdown')
    return `<section class="markdown">${markdownToHtml(replaceAttachments(cell, dataAddress))}</section>`
  if (cell.source.trim() === '' && cell.outputs.length === 0) return ''
  return codeHtml(cell, highlight)
}

function codeHtml(cell: CodeCell, highlight: (code: string) => string): string {
  const count = cell.execution_count ?? ' '
  const outputs = cell.outputs.map(outputHtml).filter((html) => html !== '')
  return [
    `<section class="code"><div class="prompt">In [${count}]:</div><pre class="source"><code>${highlight(cell.source)}</code></pre>`,
    ...outputs.map((html) => `<div class="output">${html}</div>`),
    '</section>',
  ].join('\n')
}

function outputHtml(output: Output): string {
  if (output.output_type === 'stream') {
    return `<pre class="${output.name === 'stderr' ? 'stderr' : 'stdout'}">${escapeHtml(stripAnsi(output.text))}</pre>`
  }
  return output.output_type === 'error'
    ? `<pre class="error">${escapeHtml(errorText(output))}</pre>`
    : bundleHtml(output.data)
}

function bundleHtml(data: MimeBundle): string {
  const alternative = escapeHtml(typeof data['text/plain'] === 'string' ? data['text/plain'] : 'output')
  // An image element never runs the scripts of an SVG.
  const address = dataAddress(data)
  if (address !== undefined) return `<img src="${escapeHtml(address)}" alt="${alternative}">`
  const picked = pickText(data, TEXT_TYPES)
  if (picked === undefined) return ''
  const { type, text } = picked
  if (type === 'text/html')
    return `<iframe sandbox title="${alternative}" srcdoc="${escapeHtml(text)}"></iframe>`
  return type === 'text/markdown' ? markdownToHtml(text) : `<pre>${escapeHtml(stripAnsi(text))}</pre>`
}

/** An image of a bundle as a data address. */
function dataAddress(bundle: MimeBundle): string | undefined {
  const picked = pickText(bundle, IMAGE_TYPES)
  if (picked === undefined) return undefined
  const base64 =
    picked.type === 'image/svg+xml'
      ? Buffer.from(picked.text).toString('base64')
      : picked.text.replace(/\s/g, '')
  return `data:${picked.type};base64,${base64}`
}
