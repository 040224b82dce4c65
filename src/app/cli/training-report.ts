import { progressCallback } from '../../training/callbacks/progress-callback.js'
import type { TrainingCallback } from '../../training/callbacks/training-callback.js'
import type { Output } from './output.js'

/** A bar on stderr with the last log entry behind it. */
export function trainingBar(output: Output): TrainingCallback {
  return progressCallback((total) => output.progress({ label: 'train', total }))
}

/** What is about to be trained, and what to know about the data. */
export function announcement(output: Output): TrainingCallback {
  return {
    onWarning: (message) => output.warn(`Note      ${message}`),
    onTrainBegin: ({ model, rowCount, totalSteps, trainableParameters, args }, warnings) => {
      const rows = args.perDeviceTrainBatchSize * args.gradientAccumulationSteps
      output.print(
        `Model     ${model.nameOrPath}, ${trainableParameters.toLocaleString('en')} trainable parameters`,
      )
      output.print(`Data      ${rowCount} rows; ${totalSteps} updates of ${rows} rows`)
      for (const warning of warnings) output.warn(`Note      ${warning}`)
    },
  }
}
