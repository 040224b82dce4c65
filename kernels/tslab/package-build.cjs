// @ts-check
'use strict'
// The package this launcher belongs to. A clone has sources only: it builds itself before cells import it.
const { spawn } = require('node:child_process')
const { existsSync } = require('node:fs')
const path = require('node:path')

const packageRoot = path.resolve(__dirname, '../..')

/** @returns {Promise<string>} '' when the package is ready, otherwise what went wrong */
function buildPackage() {
  if (!existsSync(path.join(packageRoot, 'src', 'index.ts'))) return Promise.resolve('')
  const command = path.join(packageRoot, 'src', 'app', 'cli', 'bin.mjs')
  return new Promise((resolve) => {
    const builder = spawn(process.execPath, [command, '--build-only'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let log = ''
    builder.stderr.on('data', (chunk) => {
      log += chunk
    })
    builder.on('error', (error) => resolve(`medtune could not be built: ${error.message}\n`))
    builder.on('exit', (code) => resolve(code === 0 ? '' : `medtune could not be built:\n${log}`))
  })
}

module.exports = { packageRoot, buildPackage }
