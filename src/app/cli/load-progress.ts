import type { LoadOptions } from '../../models/load-causal-lm.js'
import type { Output } from './output.js'
import type { Progress } from './progress-bar.js'

/** Smaller checkpoints are loaded before a bar could be read. */
const worthShowingBytes = 3e8

/** Shows the loading of a large model as a bar with the time left. */
export function loadProgress(output: Output): Pick<LoadOptions, 'onProgress'> {
  let progress: Progress | undefined
  return {
    onProgress: (doneBytes, totalBytes) => {
      if (totalBytes < worthShowingBytes) return
      progress ??= output.progress({ label: 'Load', total: totalBytes, unit: 'bytes' })
      progress.update(doneBytes)
      if (doneBytes < totalBytes) return
      progress.finish()
      progress = undefined
    },
  }
}
