import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import {
  chromium,
  cudaTensorFlowCache,
  llamaCppPython,
  oraclePython,
  testData,
} from './src/test-data.fixture.js'

/** Tests that start the command line or a kernel use the built package: build it once, before any of them. */
export default function setup({ config }: TestProject): void {
  // Vitest calls this once per project.
  if (process.env.MEDTUNE_TEST_SETUP_DONE !== undefined) return
  process.env.MEDTUNE_TEST_SETUP_DONE = '1'
  execFileSync(process.execPath, ['src/app/cli/bin.mjs', '--build-only'], { stdio: 'inherit' })
  // An edit in the middle of a run would make whichever test comes next build, and wait for it.
  if (!config.watch) process.env.MEDTUNE_BUILT = '1'
  for (const missing of missingParts()) console.log(`skipped: ${missing}`)
}

/** What this machine lacks, and what is left out for it; a backend that does not start says so in its suites' titles. */
function missingParts(): string[] {
  const missing: string[] = []
  if (oraclePython === undefined) {
    missing.push('comparisons with Python: set MEDTUNE_PYTHON to one with data/reference/requirements.txt')
  }
  if (llamaCppPython === undefined) {
    missing.push(
      'GGUF files read by llama.cpp: set MEDTUNE_LLAMA_CPP_PYTHON to a Python with data/reference/requirements-llama-cpp.txt',
    )
  }
  if (cudaTensorFlowCache === undefined) {
    missing.push(
      'placement on a graphics card: set MEDTUNE_CUDA_CACHE to a folder for TensorFlow with CUDA (1.3 GB)',
    )
  }
  if (chromium === undefined) missing.push('tests in the browser: install Chromium, or set MEDTUNE_CHROMIUM')
  if (testData('data/ori_pqal.json') === undefined || testData('models/stories260K') === undefined) {
    missing.push('tests on the real dataset and a pretrained model: set MEDTUNE_TEST_DATA to their folder')
  }
  return missing
}
