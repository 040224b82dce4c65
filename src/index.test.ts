import { createRequire } from 'node:module'
import path from 'node:path'
import { expect, test } from 'vitest'
import { repositoryRoot } from './test-data.fixture.js'

const require = createRequire(import.meta.url)

// Notebook cells are compiled with TypeScript 5.0.4 (tslab): declarations it cannot read silently become `any` there.
test('the emitted declarations are valid for the TypeScript that notebook cells see', () => {
  const ts = require('@tslab/typescript-for-tslab') as typeof import('typescript')
  expect(ts.version).toBe('5.0.4')
  const dist = path.join(repositoryRoot, 'dist')
  const program = ts.createProgram([path.join(dist, 'index.d.ts')], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: ['node'],
    typeRoots: [path.join(repositoryRoot, 'node_modules/@types')],
  })
  const messages = program
    .getSourceFiles()
    .filter((file) => file.fileName.startsWith(`${dist}/`))
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(
      (diagnostic) =>
        `${diagnostic.file?.fileName}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`,
    )
  expect(messages).toEqual([])
})

test('the public names that other code relies on are exported', async () => {
  const medtune = await import('./index.js')
  const names = [
    'useBackend',
    'loadCausalLM',
    'loadTokenizer',
    'applyLora',
    'loadAdapter',
    'generate',
    'SFTTrainer',
    'Anonymizer',
    'prepareDataset',
  ]
  expect(names.filter((name) => !(name in medtune))).toEqual([])
})
