import { expect, test } from 'vitest'
import { exportMarkdown } from './export-markdown.js'
import { codeCell, makeNotebook, markdownCell } from './notebook.fixture.js'

test('markdown stays, code and output are fenced, pictures become files', () => {
  const notebook = makeNotebook(
    markdownCell('# Head\n![p](attachment:../../p.png)', {
      attachments: { '../../p.png': { 'image/png': 'AAAA' } },
    }),
    codeCell('const fence = "```"', {
      outputs: [
        { output_type: 'stream', name: 'stdout', text: 'printed\n' },
        {
          output_type: 'display_data',
          data: { 'image/svg+xml': '<svg/>', 'text/plain': 'loss [curve]' },
          metadata: {},
        },
        {
          output_type: 'display_data',
          data: { 'text/html': '<b>t</b>', 'text/plain': 'table' },
          metadata: {},
        },
        { output_type: 'error', ename: 'E', evalue: 'v', traceback: [] },
      ],
    }),
  )
  const { markdown, files } = exportMarkdown(notebook, 'n_files')
  expect(markdown).toBe(`# Head
![p](n_files/cell-1-_p.png)

\`\`\`\`typescript
const fence = "\`\`\`"
\`\`\`\`

\`\`\`text
printed
\`\`\`

![loss curve](n_files/cell-2-output-2.svg)

\`\`\`text
table
\`\`\`

\`\`\`text
E: v
\`\`\`
`)
  expect([...files].map(([file, bytes]) => [file, Buffer.from(bytes).toString('base64')])).toEqual([
    ['n_files/cell-1-_p.png', 'AAAA'],
    ['n_files/cell-2-output-2.svg', Buffer.from('<svg/>').toString('base64')],
  ])
})
