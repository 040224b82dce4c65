import { inspect } from 'node:util'
import { kernelHost } from './kernel-host.js'
import type { MimeBundle } from './nbformat.js'

/** An output that can be shown again in place, such as a plot that follows a training. */
export interface DisplayHandle {
  /** Shows the value; from the second time on in the place of the first. */
  update(value: unknown): void
}

/**
 * Shows a value under the running cell: a MIME bundle (`{ 'image/svg+xml': …, 'text/plain': … }`), a plot, text, or
 * any other value as text. Outside a kernel it prints the plain-text form to the console.
 */
export function display(value: unknown): void {
  const host = kernelHost()
  if (host) host.display(value)
  else print(value)
}

/** A place under the running cell that `update` fills and refills. Outside a kernel each new text is printed once. */
export function newDisplay(): DisplayHandle {
  let displayId: string | undefined
  let printed: string | undefined
  return {
    update(value) {
      const host = kernelHost()
      if (!host) {
        const text = plainText(value)
        if (text !== printed) console.log(text)
        printed = text
        return
      }
      const isUpdate = displayId !== undefined
      displayId ??= host.newDisplayId()
      host.display(value, { displayId, isUpdate })
    },
  }
}

/**
 * Removes what the running cell has shown so far; nothing happens outside a kernel.
 *
 * @param options.wait only when new output arrives, so that a changing output does not flicker
 */
export function clearOutput(options: { wait?: boolean } = {}): void {
  kernelHost()?.clearOutput(options)
}

function print(value: unknown): void {
  if (value !== undefined && value !== null) console.log(plainText(value))
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value
  const bundle = bundleOf(value)
  if (bundle === undefined) return inspect(value, { depth: 4 })
  const text = bundle['text/plain'] ?? bundle['text/markdown']
  return typeof text === 'string' ? text : `[${Object.keys(bundle).join(', ')}]`
}

function bundleOf(value: unknown): MimeBundle | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const show = (value as { [key: symbol]: unknown })[Symbol.for('Jupyter.display')]
  if (typeof show === 'function') return show.call(value) as MimeBundle
  const keys = Object.keys(value)
  const isBundle = keys.length > 0 && keys.every((key) => /^[\w.+-]+\/[\w.+-]+$/.test(key))
  return isBundle ? (value as MimeBundle) : undefined
}
