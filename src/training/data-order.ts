import { Random } from '../tensors/random.js'
import type { TrainingArguments } from './training-arguments.js'

/** Which rows each update sees. */
export interface DataOrder {
  readonly microBatchesPerEpoch: number
  /** The last window of an epoch may be short, and is an update all the same. */
  readonly updatesPerEpoch: number
  /** Updates in the whole run. */
  readonly totalUpdates: number
  /** Row numbers of each micro-batch of one update (0-based). */
  microBatches(update: number): number[][]
  /** Epochs done after an update, as a fraction. */
  epochAfter(update: number): number
}

/**
 * Plans a run: every epoch visits every row once, in a new order drawn from seed + epoch, so that any update's rows are
 * known without running those before it (a resumed run continues in place).
 */
export function planDataOrder(rowCount: number, args: TrainingArguments): DataOrder {
  const batchSize = args.perDeviceTrainBatchSize
  const microBatchesPerEpoch = Math.ceil(rowCount / batchSize)
  const updatesPerEpoch = Math.ceil(microBatchesPerEpoch / args.gradientAccumulationSteps)
  const totalUpdates = args.maxSteps > 0 ? args.maxSteps : Math.ceil(args.numTrainEpochs * updatesPerEpoch)
  let shuffled: { epoch: number; rows: number[] } | undefined
  const rowsOf = (epoch: number): number[] => {
    if (shuffled?.epoch !== epoch) {
      const rows = Array.from({ length: rowCount }, (_, row) => row)
      shuffled = { epoch, rows: args.shuffle ? new Random(args.seed + epoch).shuffle(rows) : rows }
    }
    return shuffled.rows
  }
  const windowOf = (update: number): { epoch: number; first: number; end: number } => {
    const first = (update % updatesPerEpoch) * args.gradientAccumulationSteps
    const end = Math.min(first + args.gradientAccumulationSteps, microBatchesPerEpoch)
    return { epoch: Math.floor(update / updatesPerEpoch), first, end }
  }
  return {
    microBatchesPerEpoch,
    updatesPerEpoch,
    totalUpdates,
    microBatches: (update) => {
      const { epoch, first, end } = windowOf(update)
      const rows = rowsOf(epoch)
      return Array.from({ length: end - first }, (_, i) =>
        rows.slice((first + i) * batchSize, (first + i + 1) * batchSize),
      )
    },
    epochAfter: (update) => {
      const { epoch, end } = windowOf(update)
      return epoch + end / microBatchesPerEpoch
    },
  }
}
