import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { repositoryRoot } from '../../../../test-data.fixture.js'
import {
  activateBinding,
  bindingCacheFolder,
  bindingKey,
  platformName,
  writeManifest,
} from '../../binding-cache.js'
import { readBindingSources } from '../../binding-sources.js'
import { compileBinding, findCompiler } from '../../compile-binding.js'
import { pypiTensorFlow } from '../../download/tensorflow-wheel.js'
import { runProcess } from '../../run-process.js'
import { findCudaLibraries } from '../cuda-libraries.js'
import { cudaCompiler } from '../cuda-parts.js'
import { downloadCuda } from '../download-cuda.js'
import type { PlacementReport } from './placement-run.fixture.js'
import { buildPretendedCard, pretendedCardEnvironment } from './pretended-card.fixture.js'

/**
 * Makes this process's children see a card: TensorFlow's CUDA build and the assembler are downloaded into the cache when it
 * lacks them, the binding is compiled and made the one in use. `medtune setup --gpu` would refuse a card that cannot multiply.
 * @param setVariable sets a variable of this process's environment; XDG_CACHE_HOME is set already
 * @returns the card's folder
 */
export async function startPretendedCard(
  setVariable: (name: string, value: string) => void,
): Promise<string> {
  const card = mkdtempSync(path.join(tmpdir(), 'medtune-card-'))
  const tensorflow = await pypiTensorFlow.find({ device: 'gpu', looked: [], dryRun: false })
  const compiler = await findCompiler()
  if (tensorflow === undefined || compiler === undefined) {
    throw new Error('TensorFlow with CUDA and a C++ compiler must be at hand')
  }
  await buildPretendedCard(card, tensorflow.folder)
  for (const [name, value] of Object.entries(pretendedCardEnvironment(card))) setVariable(name, value)
  if ((await findCudaLibraries(tensorflow.folder)).compilerFolder === undefined) {
    await downloadCuda([cudaCompiler], tensorflow, { dryRun: false })
  }
  const { found, compilerFolder = '' } = await findCudaLibraries(tensorflow.folder)
  const cuda = { libraries: [...found.values()], compilerFolder }
  const sources = readBindingSources()
  const key = bindingKey(tensorflow, sources, platformName(), cuda)
  const folder = path.join(bindingCacheFolder(), key)
  mkdirSync(folder, { recursive: true })
  await compileBinding({ sources, tensorflow, compiler, folder })
  writeManifest(folder, {
    ...{ key, cuda, platform: platformName(), compiler: compiler.version },
    ...{ tensorflowVersion: tensorflow.version, tensorflowFolder: tensorflow.folder },
    ...{ bindingVersion: sources.version, sourcesHash: sources.hash },
  })
  activateBinding(bindingCacheFolder(), key, 'gpu')
  return card
}

/** Trains a small model on the card, in a process of its own. */
export async function trainOnPretendedCard(
  card: string,
  environment: Readonly<Record<string, string>> = {},
  form: 'dense' | 'nf4' = 'dense',
): Promise<PlacementReport> {
  const program = path.join(repositoryRoot, 'src/tensors/native/cuda/pretended-card/placement-run.fixture.ts')
  const { exitCode, stdout, stderr } = await runProcess(
    process.execPath,
    ['--import', 'tsx', program, card, form],
    { cwd: repositoryRoot, env: { ...process.env, ...environment } },
  )
  if (exitCode !== 0) throw new Error(`training on the pretended card failed: ${stderr.slice(-2000)}`)
  return JSON.parse(stdout) as PlacementReport
}
