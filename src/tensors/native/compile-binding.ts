import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { MedtuneError } from '../../errors.js'
import { bindingFileName, libraryStartFileName } from './binding.js'
import { type BindingSources, nodeApiVersion } from './binding-sources.js'
import { runProcess } from './run-process.js'
import type { TensorFlowInstallation } from './tensorflow-installation.js'

export interface Compiler {
  readonly command: string
  /** Arguments before all others. */
  readonly prefix: readonly string[]
  /** First line of `--version`. */
  readonly version: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The C++ compiler of this machine: `$CXX`, else g++, clang++ or c++.
 * @returns undefined when there is none
 * @throws MedtuneError SETUP_FAILED when the one that CXX names does not run
 */
export async function findCompiler(environment: Environment = process.env): Promise<Compiler | undefined> {
  const candidates = environment.CXX ? [environment.CXX] : ['g++', 'clang++', 'c++']
  for (const command of candidates) {
    const result = await runProcess(command, ['--version'], { env: { ...environment } })
    if (result.exitCode === 0) return { command, prefix: [], version: result.stdout.split('\n')[0] ?? '' }
  }
  if (!environment.CXX) return undefined
  throw new MedtuneError(
    'SETUP_FAILED',
    `CXX must name a C++ compiler; ${environment.CXX} does not run. ` +
      'Install one (apt install g++; dnf install gcc-c++), or leave CXX unset: setup then brings its own.',
  )
}

const flags = ['-std=c++17', '-O2', '-fPIC', `-DNAPI_VERSION=${nodeApiVersion}`, '-w']

export interface CompileOptions {
  readonly sources: BindingSources
  readonly tensorflow: TensorFlowInstallation
  readonly compiler: Compiler
  /** Gets the two modules; the intermediate files go to `build` in it. */
  readonly folder: string
  readonly signal?: AbortSignal
}

/**
 * Compiles the binding, with a run path to TensorFlow's folder, and the module that keeps its start quiet.
 * @throws MedtuneError SETUP_FAILED with the compiler's first error
 */
export async function compileBinding(options: CompileOptions): Promise<void> {
  const { sources, tensorflow, folder } = options
  const buildFolder = path.join(folder, 'build')
  mkdirSync(buildFolder, { recursive: true })
  for (const [name, text] of sources.files) writeFileSync(path.join(buildFolder, name), text)

  const includes = [`-I${sources.nodeApiInclude}`, `-I${tensorflow.includeFolder}`]
  const units = [...sources.files.keys()].filter((name) => name.endsWith('.cc'))
  const object = (unit: string): string => unit.replace(/\.cc$/, '.o')
  const waiting = [...units]
  const compileInTurn = async (): Promise<void> => {
    for (let unit = waiting.shift(); unit !== undefined; unit = waiting.shift()) {
      await compile(options, buildFolder, [...flags, ...includes, '-c', unit, '-o', object(unit)])
    }
  }
  // A compiler takes a processor and up to 1 GB.
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, compileInTurn))
  const startUnit = 'library-start.cc'
  const bindingObjects = units.filter((unit) => unit !== startUnit).map(object)
  const shared = ['-shared', '-s']
  await compile(options, buildFolder, [
    ...shared,
    ...bindingObjects,
    ...['-o', path.join('..', bindingFileName), `-L${tensorflow.folder}`],
    ...tensorflow.libraries.map((library) => `-l:${library}`),
    `-Wl,-rpath,${tensorflow.folder}`,
  ])
  await compile(options, buildFolder, [
    ...[...shared, object(startUnit), '-o', path.join('..', libraryStartFileName)],
    '-ldl',
  ])
}

async function compile(options: CompileOptions, cwd: string, args: readonly string[]): Promise<void> {
  const { compiler, signal } = options
  const all = [...compiler.prefix, ...args]
  const result = await runProcess(compiler.command, all, signal === undefined ? { cwd } : { cwd, signal })
  signal?.throwIfAborted()
  if (result.exitCode !== 0) throw compileError(compiler, result.stderr)
}

/** @param log what the compiler said */
export function compileError(compiler: Compiler, log: string): MedtuneError {
  if (log.includes('No space left on device')) return diskFullError()
  const lines = log.split('\n')
  const firstError =
    lines.find((line) => /\berror\b|cannot find|undefined reference/i.test(line)) ?? lines[0] ?? ''
  return new MedtuneError(
    'SETUP_FAILED',
    `the TensorFlow binding must compile; ${compiler.command} (${compiler.version}) stopped with: ` +
      `${firstError.trim().slice(0, 400)}. Install g++ 9 or newer with its C++ library, or name another compiler in CXX.`,
  )
}

export function diskFullError(cause?: unknown): MedtuneError {
  return new MedtuneError(
    'SETUP_FAILED',
    'the disk of the cache must have room for TensorFlow and its binding; it is full. ' +
      'Free some, or set XDG_CACHE_HOME to another disk.',
    { cause },
  )
}
