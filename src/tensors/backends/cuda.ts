import { availableParallelism } from 'node:os'
import { MedtuneError } from '../../errors.js'
import type { Backend, StartedBackend } from '../backend.js'
import { loadBinding } from '../native/binding.js'
import { findCachedBinding } from '../native/binding-cache.js'
import { describeDriver } from '../native/cuda/nvidia-driver.js'
import { cudaEnvironment } from '../native/cuda/prepare-cuda.js'
import { requestedCompiler, wantsFusedAttention } from '../native/graph-compiler.js'
import { NativeOps } from '../native/native-ops.js'
import { currentSourcesHash } from './native.js'

/** TensorFlow's CUDA kernels on an NVIDIA card, through a binding that `medtune setup --gpu` compiles. */
export const cudaBackend: Backend = {
  name: 'cuda',
  description: 'TensorFlow on an NVIDIA graphics card (medtune setup --gpu)',
  start: startCuda,
}

async function startCuda(): Promise<StartedBackend> {
  const { folder, manifest } = findCachedBinding(currentSourcesHash(), process.env, 'gpu')
  if (manifest.cuda === undefined) {
    throw new MedtuneError(
      'BACKEND_UNAVAILABLE',
      `the binding in ${folder} must be set up for graphics cards; it is for the processor. Run: medtune setup --gpu`,
    )
  }
  // Asked before TensorFlow loads: without a card it would stay in this process, on the processor.
  const driver = await describeDriver()
  if (driver.problem !== undefined) throw new MedtuneError('BACKEND_UNAVAILABLE', driver.problem)
  Object.assign(process.env, cudaEnvironment(manifest.cuda))
  const binding = loadBinding(folder, 'gpu', manifest.cuda.libraries)
  const card = driver.cards[0]?.name ?? 'NVIDIA card'
  const ops = new NativeOps(binding, {
    ...{ device: 'gpu', compiler: requestedCompiler(), fusedAttention: wantsFusedAttention() },
  })
  return {
    ops,
    probes: ops.probes,
    ...(ops.attentionRoad === undefined ? {} : { attentionRoad: ops.attentionRoad }),
    threads: availableParallelism(),
    detail: `TensorFlow ${binding.TF_Version}, ${card}, driver ${driver.version}`,
  }
}
