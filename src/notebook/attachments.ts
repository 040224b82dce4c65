import type { Cell, CodeCell, MimeBundle } from './nbformat.js'

/**
 * Replaces the addresses of files embedded in a markdown cell (`attachment:name`).
 *
 * @param address the new address of a file, or undefined to leave the old one
 */
export function replaceAttachments(
  { source, attachments = {} }: Exclude<Cell, CodeCell>,
  address: (bundle: MimeBundle, name: string) => string | undefined,
): string {
  return source.replace(/\(attachment:([^)\s]+)\)/g, (reference, encoded: string) => {
    const name = decodeName(encoded)
    const bundle = attachments[name]
    const replacement = bundle && address(bundle, name)
    return replacement === undefined ? reference : `(${replacement})`
  })
}

function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}
