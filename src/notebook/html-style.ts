/** Looks of an exported notebook: readable in light and dark, on screen and on paper. */
export const htmlStyle: string = `
:root { color-scheme: light dark; --text: #1f2328; --muted: #656d76; --line: #d0d7de; --code: #f6f8fa; --page: #fff;
  --keyword: #cf222e; --string: #0a3069; --number: #0550ae; --comment: #6e7781; --error: #fff1f0; --link: #0969da }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --muted: #8b949e; --line: #30363d; --code: #161b22;
  --page: #0d1117; --keyword: #ff7b72; --string: #a5d6ff; --number: #79c0ff; --comment: #8b949e; --error: #2d1517; --link: #58a6ff } }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.6 system-ui, sans-serif }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.5rem 4rem }
section { margin: 1.2rem 0 }
h1, h2 { border-bottom: 1px solid var(--line); padding-bottom: .3em }
a { color: var(--link) }
img { max-width: 100%; height: auto }
.output img { background: #fff; border-radius: 6px }
table { border-collapse: collapse } th, td { border: 1px solid var(--line); padding: .3em .8em }
pre { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-x: auto; white-space: pre-wrap; margin: .4rem 0; padding: .8rem 1rem }
code { font: .875em ui-monospace, Menlo, Consolas, monospace } pre code { font: inherit }
.prompt { color: var(--muted); font: 12px ui-monospace, Menlo, Consolas, monospace }
.source { background: var(--code); border: 1px solid var(--line); border-radius: 6px }
.markdown pre, .markdown :not(pre) > code { background: var(--code); border-radius: 6px }
.markdown :not(pre) > code { padding: .15em .35em }
.output { border-left: 3px solid var(--line); padding-left: .6rem; margin: .4rem 0 }
.stderr, .error { background: var(--error); border-radius: 6px }
iframe { width: 100%; height: 24rem; border: 1px solid var(--line); border-radius: 6px; resize: vertical; background: #fff }
.keyword { color: var(--keyword) } .string, .regexp { color: var(--string) } .number { color: var(--number) }
.comment { color: var(--comment); font-style: italic }
@media print { section { break-inside: avoid } }
`
