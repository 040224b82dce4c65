import { fileURLToPath } from 'node:url'

/** The demonstration model that comes with the package; works offline. */
export const defaultModelDirectory: string = fileURLToPath(new URL('../../data/models/tiny', import.meta.url))
