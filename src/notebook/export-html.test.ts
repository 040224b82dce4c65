import { expect, test } from 'vitest'
import { exportHtml } from './export-html.js'
import type { MimeBundle } from './nbformat.js'
import { codeCell, makeNotebook, markdownCell } from './notebook.fixture.js'

const shown = (data: MimeBundle) =>
  codeCell('x', { outputs: [{ output_type: 'display_data', data, metadata: {} }] })

test('the page shows markdown, highlighted code, counts and every kind of output', async () => {
  const html = await exportHtml(
    makeNotebook(
      markdownCell('# Head\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n**bold** [link](https://example.org)'),
      codeCell("const text = 'a' // note", {
        execution_count: 7,
        outputs: [
          { output_type: 'stream', name: 'stderr', text: '\u001b[31mred\u001b[0m <b>' },
          { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['E: v', '  at <anonymous>'] },
        ],
      }),
      shown({ 'image/png': 'iVBORw0K\nGgo=', 'text/plain': 'a "picture"' }),
      shown({ 'application/vnd.plotly.v1+json': {}, 'image/svg+xml': '<svg/>', 'text/plain': 'plot' }),
      shown({ 'text/html': '<b>x</b>' }),
    ),
    'A & B',
  )
  for (const part of [
    '<title>A &amp; B</title>',
    '<h1>Head</h1>',
    '<td>1</td>',
    '<strong>bold</strong>',
    'In [7]:',
    '<span class="keyword">const</span>',
    '<span class="comment">// note</span>',
    '<pre class="stderr">red &lt;b&gt;</pre>',
    'at &lt;anonymous&gt;',
    '<img src="data:image/png;base64,iVBORw0KGgo=" alt="a &quot;picture&quot;">',
    `<img src="data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}" alt="plot">`,
    '<iframe sandbox title="output" srcdoc="&lt;b&gt;x&lt;/b&gt;"></iframe>',
  ]) {
    expect(html).toContain(part)
  }
})

test('nothing of the notebook runs in the page', async () => {
  const attack = '<script>alert(1)</script><img src=x onerror=alert(1)>'
  const html = await exportHtml(
    makeNotebook(
      markdownCell(
        `${attack}\n\n[a](javascript:alert(1)) [b](java\u0001script:alert(1)) [c](data:text/html;base64,x) ![d](javascript:x)`,
      ),
      markdownCell('[e]( &#106;avascript:alert(1)) <a href="javascript:alert(1)">f</a>'),
      codeCell(attack, { outputs: [{ output_type: 'stream', name: 'stdout', text: attack }] }),
      shown({ 'text/html': attack }),
      shown({ 'text/markdown': attack }),
      shown({ 'image/svg+xml': `<svg>${attack}</svg>` }),
      shown({ 'image/png': '" onerror="alert(1)' }),
      shown({ 'text/plain': attack }),
    ),
    attack,
  )
  expect(html).not.toMatch(/<script/i)
  expect(html).not.toMatch(/<img[^>]* onerror/i)
  expect(html).not.toMatch(/(href|src)="\s*(javascript|data:text)/i)
  expect(html).toContain('default-src &#39;none&#39;')
})

test('a picture in a cell is embedded', async () => {
  const html = await exportHtml(
    makeNotebook(
      markdownCell('![p](attachment:p%20q.png)', { attachments: { 'p q.png': { 'image/png': 'AAAA' } } }),
    ),
    't',
  )
  expect(html).toContain('<img src="data:image/png;base64,AAAA" alt="p">')
})
