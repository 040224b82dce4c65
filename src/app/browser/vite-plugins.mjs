// What Vite must be told so that JupyterLab's packages, which are written for another bundler, build unchanged.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = path.dirname(fileURLToPath(import.meta.url))

/** Icons are imported as text, `.raw.css` as text too, and `~package` means the package. */
function jupyterAssets() {
  return {
    name: 'jupyter-assets',
    enforce: 'pre',
    async resolveId(specifier, importer) {
      if (!specifier.endsWith('.raw.css')) return undefined
      const resolved = await this.resolve(specifier, importer, { skipSelf: true })
      return resolved && { ...resolved, id: `${resolved.id}?raw` }
    },
    load(id) {
      if (!/node_modules.*\.svg$/.test(id)) return undefined
      return `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
    },
  }
}

/** @jupyter/web-components uses tslib without declaring it; the package below it does. */
const tslib = createRequire(createRequire(import.meta.url).resolve('@microsoft/fast-foundation')).resolve(
  'tslib',
)

const packageAlias = { find: /^~(.*)$/, replacement: '$1' }

/** Packages of which a second copy in the bundle would break the application. */
const single = [
  'react',
  'react-dom',
  'yjs',
  '@codemirror/state',
  '@codemirror/view',
  '@lezer/common',
  '@lezer/highlight',
]

/** What packages do that is known and harmless here; anything else is shown. */
function onLog(level, log, show) {
  const isKnown =
    log.code === 'MODULE_LEVEL_DIRECTIVE' ||
    (log.code === 'EVAL' && /pageconfig\.js/.test(log.id ?? log.message))
  if (!isKnown) show(level, log)
}

/** Bundles the application into `outDir`. */
export function applicationConfig(outDir) {
  return {
    configFile: false,
    root: folder,
    base: '/static/',
    logLevel: 'warn',
    plugins: [jupyterAssets()],
    resolve: {
      alias: [
        packageAlias,
        { find: /^tslib$/, replacement: path.join(path.dirname(tslib), 'tslib.es6.js') },
        // Ajv turns schemas into code at run time, which the page's policy forbids.
        { find: /^ajv$/, replacement: path.join(folder, 'schema/schema-validator.ts') },
        { find: /^ajv-formats$/, replacement: path.join(folder, 'schema/no-formats.ts') },
      ],
      dedupe: single,
    },
    define: {
      'process.env.NODE_ENV': '"production"',
      'process.env': '{}',
      'process.cwd': '(() => "/")',
      __dirname: '"/"',
      global: 'globalThis',
    },
    build: {
      outDir,
      emptyOutDir: false,
      chunkSizeWarningLimit: 10_000,
      reportCompressedSize: false,
      rolldownOptions: { input: path.join(folder, 'index.html'), onLog },
    },
  }
}

/** Bundles the style sheet of one theme: the application loads themes by their name at run time. */
export function themeConfig(packageFolder, outDir) {
  return {
    configFile: false,
    root: folder,
    base: './',
    logLevel: 'warn',
    resolve: { alias: [packageAlias] },
    build: {
      outDir,
      emptyOutDir: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: path.join(packageFolder, 'style/theme.css'),
        output: {
          assetFileNames: ({ names }) =>
            names[0]?.endsWith('.css') ? 'index.css' : '[name]-[hash][extname]',
        },
      },
    },
  }
}
