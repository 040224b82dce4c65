import { availableParallelism } from 'node:os'
import { MedtuneError } from '../../errors.js'
import type { Backend, StartedBackend } from '../backend.js'
import { loadBinding } from '../native/binding.js'
import { findCachedBinding } from '../native/binding-cache.js'
import { readBindingSources } from '../native/binding-sources.js'
import { requestedCompiler } from '../native/graph-compiler.js'
import { NativeOps } from '../native/native-ops.js'

/** TensorFlow's CPU kernels through a binding that `medtune setup --cpu` compiles. */
export const nativeBackend: Backend = {
  name: 'native',
  description: 'TensorFlow on the CPU, through a binding compiled on this machine (medtune setup --cpu)',
  start: async () => startNative(),
}

function startNative(): StartedBackend {
  const { folder } = findCachedBinding(currentSourcesHash())
  const binding = loadBinding(folder)
  const ops = new NativeOps(binding, { compiler: requestedCompiler() })
  return {
    ops,
    probes: ops.probes,
    threads: Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism(),
    detail: `TensorFlow ${binding.TF_Version}, CPU`,
  }
}

/** @throws MedtuneError BACKEND_UNAVAILABLE */
export function currentSourcesHash(): string {
  try {
    return readBindingSources().hash
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MedtuneError('BACKEND_UNAVAILABLE', reason, { cause })
  }
}
