import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { expect } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { temporaryFolder } from './notebook.fixture.js'

/** A folder inside the package, where a script may import it by name. */
export async function scriptFolder(): Promise<string> {
  const parent = path.join(repositoryRoot, '.vitest')
  mkdirSync(parent, { recursive: true })
  return temporaryFolder(parent)
}

/** Type-checks a script as strictly as this project, runs it with Node, and gives back what it printed. */
export async function checkAndRunScript(folder: string, code: string): Promise<string> {
  const file = path.join(folder, 'script.ts')
  writeFileSync(file, code)
  const { config } = ts.readConfigFile(path.join(repositoryRoot, 'tsconfig.json'), ts.sys.readFile)
  const parsed = ts.parseJsonConfigFileContent(
    { compilerOptions: config.compilerOptions },
    ts.sys,
    repositoryRoot,
  )
  const options: ts.CompilerOptions = {
    ...parsed.options,
    rootDir: folder,
    outDir: folder,
    // A script has no importer, so it needs no declarations, and a notebook may show what it does not use again.
    noUnusedLocals: false,
    declaration: false,
    isolatedDeclarations: false,
  }
  const program = ts.createProgram([file], options)
  const problems = ts.getPreEmitDiagnostics(program)
  expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
  program.emit()
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(folder, 'script.js')], {
    cwd: '/',
  })
  return stdout
}
