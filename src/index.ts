// The public API: explicit named exports, grouped by folder, nothing else.

export { MedtuneError, type MedtuneErrorCode } from './errors.js'
