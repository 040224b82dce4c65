import { Marked, type RendererObject } from 'marked'
import { escapeHtml } from './escape-html.js'

/** What a link may start with; images may also be embedded data, but not SVG by another name. */
const SAFE_LINK = /^(https?:|mailto:|#|\.{0,2}\/|[\w-]+(?:[/.#?]|$))/i
const SAFE_IMAGE = /^(https?:|data:image\/(?:png|jpeg|gif|webp|svg\+xml);|\.{0,2}\/|[\w-]+(?:[/.]|$))/i

const renderer: RendererObject = {
  // Raw HTML is shown as text: a notebook from elsewhere must not run anything in its reader's browser.
  html: ({ text }) => escapeHtml(text),
  link({ href, title, tokens }) {
    const text = this.parser.parseInline(tokens)
    if (!isSafe(href, SAFE_LINK)) return text
    const hint = title ? ` title="${escapeHtml(title)}"` : ''
    return `<a href="${escapeHtml(href)}"${hint} rel="noopener noreferrer">${text}</a>`
  },
  image({ href, text }) {
    return isSafe(href, SAFE_IMAGE)
      ? `<img src="${escapeHtml(href)}" alt="${escapeHtml(text)}">`
      : escapeHtml(text)
  },
}

const marked: Marked = new Marked({ gfm: true, renderer })

/** GitHub-flavoured Markdown as HTML that contains no script and no address that could run one. */
export function markdownToHtml(markdown: string): string {
  return marked.parse(markdown, { async: false })
}

/** Browsers ignore blanks and control characters inside a scheme, so they are ignored here too. */
function isSafe(address: string, allowed: RegExp): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those characters are the point
  const plain = address.replace(/[\x00-\x20]/g, '')
  return allowed.test(plain) && !/^(javascript|vbscript):/i.test(plain)
}
