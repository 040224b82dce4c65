import { chmodSync, existsSync } from 'node:fs'
import path from 'node:path'
import { MedtuneError } from '../../../errors.js'
import { tensorflowCacheFolder } from '../binding-cache.js'
import type { Compiler } from '../compile-binding.js'
import { runProcess } from '../run-process.js'
import type { TensorFlowSearch } from '../tensorflow-installation.js'
import { openHttpBytes } from './byte-source.js'
import { unpackWheel } from './unpack-wheel.js'
import { findWheel, packageIndexUrl, wheelMachine } from './wheel-index.js'

/** The release the binding was compiled with. */
const zigVersion = '0.17.1'
/** Oldest C library the result runs with. */
const targets: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu.2.27',
  arm64: 'aarch64-linux-gnu.2.27',
}

/**
 * A C++ compiler for a machine that has none: the one in the `ziglang` wheel of the package index.
 * @throws MedtuneError NETWORK, SETUP_FAILED
 */
export async function downloadZigCompiler(
  job: Pick<TensorFlowSearch, 'dryRun' | 'signal' | 'onStage' | 'onProgress'>,
): Promise<Compiler> {
  const folder = path.join(tensorflowCacheFolder(), `ziglang-${zigVersion}`)
  const program = path.join(folder, 'ziglang/zig')
  const compiler: Compiler = {
    command: program,
    prefix: ['c++', '-target', targets[process.arch] ?? ''],
    version: `zig ${zigVersion}`,
  }
  if (!existsSync(program)) {
    const wheel = await findWheel({
      ...{ project: 'ziglang', versions: `==${zigVersion}` },
      ...{ machine: wheelMachine(), indexUrl: packageIndexUrl() },
      ...(job.signal === undefined ? {} : { signal: job.signal }),
    })
    await unpackWheel({
      ...{ folder, dryRun: job.dryRun, signal: job.signal, onStage: job.onStage },
      source: await openHttpBytes(wheel.address, job.signal),
      choose: (members) => members.filter(({ name }) => /^ziglang\/(zig$|lib\/)/.test(name)),
      onProgress: job.onProgress?.bind(undefined, 'C++ compiler'),
    })
    if (job.dryRun) return compiler
    chmodSync(program, 0o755)
  }
  const { exitCode, stderr } = await runProcess(program, ['version'])
  if (exitCode === 0) return compiler
  throw new MedtuneError(
    'SETUP_FAILED',
    `the downloaded C++ compiler must run; ${program} gave: ${stderr.trim().slice(0, 200)}. Install another: apt install g++`,
  )
}
