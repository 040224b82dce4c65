import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder, for tests that run commands or read `data/`. */
export const repositoryRoot: string = fileURLToPath(new URL('..', import.meta.url))

/**
 * Path of a file of the large test data that the repository does not carry (the real PubMedQA file, a pretrained
 * model), or undefined where it is not at hand. It lives in `MEDTUNE_TEST_DATA`, or in `../shared` beside the clone.
 * Use with `test.skipIf(file === undefined)`; a skipped test fails CI (`.ci/run`).
 */
export function testData(relativePath: string): string | undefined {
  const root = process.env.MEDTUNE_TEST_DATA || path.join(repositoryRoot, '..', 'shared')
  const file = path.join(root, relativePath)
  return existsSync(file) ? file : undefined
}

/** The Python interpreter that has `data/reference/requirements.txt` installed, or undefined: then oracle tests are skipped. */
export const oraclePython: string | undefined = process.env.MEDTUNE_PYTHON || undefined

/** The Python interpreter that has llama.cpp (`data/reference/requirements-llama-cpp.txt`), or undefined: then its tests are skipped. */
export const llamaCppPython: string | undefined = process.env.MEDTUNE_LLAMA_CPP_PYTHON || undefined

/** A cache folder for TensorFlow's CUDA build (1.3 GB, downloaded into it when missing), or undefined: then its tests are skipped. */
export const cudaTensorFlowCache: string | undefined = process.env.MEDTUNE_CUDA_CACHE || undefined

/** Chromium's executable, or undefined: then browser tests are skipped. */
export const chromium: string | undefined =
  process.env.MEDTUNE_CHROMIUM ||
  ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file))
