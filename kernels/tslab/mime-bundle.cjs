// @ts-check
'use strict'
// Values as MIME bundles: one result, several forms, and the front end shows the richest it knows.
const { inspect } = require('node:util')

/** Objects that know how to show themselves carry this method; it returns a MIME bundle. */
const DISPLAY = Symbol.for('Jupyter.display')

/** @typedef {Record<string, unknown>} MimeBundle */

/** @param {unknown} value @returns {value is MimeBundle} */
function isMimeBundle(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const keys = Object.keys(value)
  return keys.length > 0 && keys.every((key) => /^[\w.+-]+\/[\w.+-]+$/.test(key))
}

/**
 * Binary values travel as base64.
 *
 * @param {MimeBundle} bundle @returns {MimeBundle}
 */
function encodeBinary(bundle) {
  const encode = (/** @type {unknown} */ value) =>
    value instanceof Uint8Array
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      : value
  return Object.fromEntries(Object.entries(bundle).map(([type, value]) => [type, encode(value)]))
}

/** @param {unknown} value @returns {MimeBundle} */
function toMimeBundle(value) {
  const show = typeof value === 'object' && value !== null ? /** @type {any} */ (value)[DISPLAY] : undefined
  if (typeof show === 'function') return encodeBinary(show.call(value))
  return { 'text/plain': inspect(value, { depth: 4 }) }
}

/**
 * What `display(value)` shows: a bundle as it is, text as text, anything else like a cell's result.
 *
 * @param {unknown} value
 */
function toDisplayBundle(value) {
  if (isMimeBundle(value)) return encodeBinary(value)
  return typeof value === 'string' ? { 'text/plain': value } : toMimeBundle(value)
}

module.exports = { toMimeBundle, toDisplayBundle }
