import type { ResolveModelOptions } from '../../hub/resolve-model-folder.js'
import type { Output } from './output.js'
import type { Progress } from './progress-bar.js'

/** Shows a model's download as a bar with the time left; silent while nothing is downloaded. */
export function hubProgress(output: Output): Pick<ResolveModelOptions, 'onProgress' | 'onNotice'> {
  let progress: Progress | undefined
  return {
    onProgress: ({ doneBytes, totalBytes }) => {
      progress ??= output.progress({ label: 'Download', total: totalBytes, unit: 'bytes' })
      progress.update(doneBytes)
      if (doneBytes < totalBytes) return
      progress.finish()
      progress = undefined // A base model may follow its adapter.
    },
    onNotice: (text) => output.warn(`medtune: ${text}`),
  }
}
