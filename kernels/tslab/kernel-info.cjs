// @ts-check
'use strict'
// What this kernel says of itself.
const { createRequire } = require('node:module')

const requireFromTslab = createRequire(require.resolve('tslab'))
/** @type {string} */
const typescriptVersion = requireFromTslab('@tslab/typescript-for-tslab/package.json').version
/** @type {string} */
const packageVersion = require('../../package.json').version

const kernelInfo = {
  status: 'ok',
  protocol_version: '5.3',
  implementation: 'medtune-tslab',
  implementation_version: packageVersion,
  language_info: {
    name: 'typescript',
    version: typescriptVersion,
    mimetype: 'text/typescript',
    file_extension: '.ts',
    pygments_lexer: 'typescript',
    codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
    nbconvert_exporter: 'script',
  },
  banner: `medtune ${packageVersion}: TypeScript ${typescriptVersion} (tslab) on Node.js ${process.version}`,
  help_links: [],
  debugger: false,
}

module.exports = { kernelInfo }
