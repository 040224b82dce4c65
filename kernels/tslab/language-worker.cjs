// @ts-check
'use strict'
// The thread that knows TypeScript: converts cells, completes, inspects. Its heap and its pauses stay out of the way
// of user code.
const { workerData } = require('node:worker_threads')
const { serve } = require('./rpc.cjs')
const { loadTslab, ts, MAPS_MARK } = require('./typescript-host.cjs')
const { topLevelBindings, exportedNames, endsWithAssignment } = require('./cell-bindings.cjs')
const { cellNames } = require('./cell-names.cjs')
const { describeDiagnostics } = require('./diagnostics.cjs')

/** @type {{ ports: import('node:worker_threads').MessagePort[], folder: string, packageRoot: string }} */
const { ports, folder, packageRoot } = workerData
const { converter, isCompleteCode, printQuickInfo, getCodeMetadata } = loadTslab({ folder, packageRoot })
/** Type declarations of everything that earlier cells declared. */
let declarations = ''

/** @param {string} code */
function convert(code) {
  const metadata = getCodeMetadata(code)
  if (metadata.module) {
    const diagnostics = converter.addModule(metadata.module, code, metadata)
    return diagnostics.length > 0 ? { error: describeDiagnostics(diagnostics, code) } : {}
  }
  const converted = converter.convert(declarations, code)
  if (converted.diagnostics.length > 0) return { error: describeDiagnostics(converted.diagnostics, code) }
  declarations = converted.declOutput ?? ''
  const [output = '', maps = ''] = (converted.output ?? '').split(MAPS_MARK)
  return {
    output,
    maps: maps.split(','),
    bindings: topLevelBindings(output),
    exportedNames: exportedNames(output),
    isAsync: converted.hasToplevelAwait === true,
    resultName: converted.lastExpressionVar,
    showsResult: !endsWithAssignment(code),
    files: converted.sideOutputs ?? [],
    names: cellNames(code),
  }
}

/**
 * Jupyter counts Unicode characters, TypeScript UTF-16 units.
 *
 * @param {string} code @param {number} cursor
 */
const toUnits = (code, cursor) => [...code].slice(0, cursor).join('').length

/** @param {string} code @param {number} offset */
const toCharacters = (code, offset) => [...code.slice(0, offset)].length

/** @param {string} code @param {number} cursor */
function complete(code, cursor) {
  const { start, end, candidates } = converter.complete(declarations, code, toUnits(code, cursor))
  const [cursor_start, cursor_end] = [toCharacters(code, start), toCharacters(code, end)]
  return { status: 'ok', matches: candidates, cursor_start, cursor_end, metadata: {} }
}

/** @param {string} code @param {number} cursor */
function inspect(code, cursor) {
  const info = converter.inspect(declarations, code, toUnits(code, cursor))
  if (!info) return { status: 'ok', found: false, data: {}, metadata: {} }
  return { status: 'ok', found: true, data: { 'text/plain': printQuickInfo(info) }, metadata: {} }
}

/** @param {string} code */
function isComplete(code) {
  const { completed, indent } = isCompleteCode(code)
  if (!completed) return { status: 'incomplete', indent: indent ?? '' }
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS)
  return { status: file.parseDiagnostics.length > 0 ? 'invalid' : 'complete' }
}

for (const port of ports) serve(port, { convert, complete, inspect, isComplete, names: cellNames })
