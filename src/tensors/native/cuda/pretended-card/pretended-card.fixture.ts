import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProcess } from '../../run-process.js'

const sources = fileURLToPath(new URL('.', import.meta.url))

/** Libraries TensorFlow must be able to open before it takes a card, though a language model calls none of their functions. */
const emptyLibraries = [
  'libnvJitLink.so.12',
  'libcublasLt.so.12',
  'libcufft.so.11',
  'libcusparse.so.12',
  'libcusolver.so.11',
]

/** Environment of a process that shall see the card in `folder`. */
export function pretendedCardEnvironment(folder: string): Record<string, string> {
  return {
    LD_LIBRARY_PATH: folder,
    PATH: `${folder}:${process.env.PATH ?? ''}`,
    PRETENDED_CARD_COUNTERS: path.join(folder, 'counters'),
  }
}

/** Bytes that went between the card and the host, and kernels started, since the card was made. */
export function readCounters(folder: string): { toDevice: number; toHost: number; launches: number } {
  const values = new BigUint64Array(new Uint8Array(readFileSync(path.join(folder, 'counters'))).buffer)
  return {
    toDevice: Number(values[0] ?? 0n),
    toHost: Number(values[1] ?? 0n),
    launches: Number(values[2] ?? 0n),
  }
}

/**
 * Compiles a driver, a runtime, a management library, a cuBLAS and a cuDNN that claim a card and compute nothing, beside a `nvidia-smi` that
 * lists it.
 * @param tensorflowFolder its libraries name the functions that have to exist
 */
export async function buildPretendedCard(folder: string, tensorflowFolder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const wanted = readFileSync(path.join(tensorflowFolder, 'libtensorflow_framework.so.2')).toString('latin1')
  await compile(folder, 'libcuda.so.1', 'driver.c', functionNames(wanted, 'cu'))
  await compile(folder, 'libcudart.so.12', 'runtime.c', functionNames(wanted, '(?:__)?cuda'), 'libcuda.so.1')
  await compile(folder, 'libcublas.so.12', 'cublas.c', functionNames(wanted, 'cublas'))
  await compile(folder, 'libcudnn.so.9', 'cudnn.c', functionNames(wanted, 'cudnn'))
  await compile(folder, 'libnvidia-ml.so.1', undefined, functionNames(wanted, 'nvml'))
  for (const name of emptyLibraries) await compile(folder, name, undefined, [])
  const smi = path.join(folder, 'nvidia-smi')
  writeFileSync(smi, '#!/bin/sh\necho "Pretended card, 81920, 80896, 9.0, 580.95.05"\n')
  chmodSync(smi, 0o755)
}

function functionNames(library: string, prefix: string): string[] {
  const names = library.matchAll(new RegExp(`(?<=\\0)${prefix}[A-Z][A-Za-z0-9_]{2,80}(?=\\0)`, 'g'))
  return [...new Set([...names].map(([name]) => name))]
}

/** One shared library: the functions of `source`, and every other of `names` as one that returns success. */
async function compile(
  folder: string,
  soname: string,
  source: string | undefined,
  names: readonly string[],
  linked?: string,
): Promise<void> {
  const own = source === undefined ? '' : readFileSync(path.join(sources, source), 'utf8')
  const defined = new Set([...own.matchAll(/^(?!static)[a-z][a-z_ *]*?(\w+)\(/gm)].map(([, name]) => name))
  const rest = names.filter((name) => !defined.has(name)).map((name) => `int ${name}(void) { return 0; }`)
  const file = path.join(folder, `${soname}.c`)
  writeFileSync(file, [own, ...rest, ''].join('\n'))
  const target = path.join(folder, soname)
  const { exitCode, stderr } = await runProcess(
    'cc',
    [
      '-w',
      '-O1',
      '-shared',
      '-fPIC',
      `-Wl,-soname,${soname}`,
      '-o',
      target,
      file,
      ...(linked === undefined ? [] : [path.join(folder, linked)]),
    ],
    { timeoutMs: 120_000 },
  )
  if (exitCode !== 0) throw new Error(`cc could not compile ${soname}: ${stderr}`)
}
