import { bindingCacheFolder, findCachedBinding, type NativeDevice } from './binding-cache.js'
import { readBindingSources } from './binding-sources.js'
import { findPython, findPythonTensorFlow } from './python-tensorflow.js'

/** What the native backend finds on this machine; for `doctor`. Nothing is loaded or built. */
export interface NativeDescription {
  readonly cacheFolder: string
  /** The compiled binding in use and the TensorFlow it loads, or why there is none. */
  readonly binding:
    | { folder: string; tensorflowVersion: string; tensorflowFolder: string }
    | { problem: string }
  /** As `binding`, for graphics cards. */
  readonly cudaBinding: NativeDescription['binding']
  readonly python: { path: string; version: string } | undefined
  /** The TensorFlow that setup would use, or why there is none. */
  readonly installation: { version: string; folder: string; foundBy: string } | { problem: string }
}

/** Never throws: a part that is missing is described. */
export function describeNative(): NativeDescription {
  return {
    cacheFolder: bindingCacheFolder(),
    binding: describeBinding('cpu'),
    cudaBinding: describeBinding('gpu'),
    python: findPython(),
    installation: orProblem(() => {
      const looked: string[] = []
      const found = findPythonTensorFlow({}, looked)
      if (found === undefined) return { problem: `not found in: ${looked.join('; ')}` }
      const { version, folder, foundBy } = found
      return { version, folder, foundBy }
    }),
  }
}

function describeBinding(device: NativeDevice): NativeDescription['binding'] {
  return orProblem(() => {
    const { folder, manifest } = findCachedBinding(readBindingSources().hash, process.env, device)
    const { tensorflowVersion, tensorflowFolder } = manifest
    return { folder, tensorflowVersion, tensorflowFolder }
  })
}

function orProblem<Part>(describe: () => Part): Part | { problem: string } {
  try {
    return describe()
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
