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
export function planDataOrder(
  rowCount: number,
  args: TrainingArguments,
  lengths: readonly number[] = [],
): DataOrder {
  const batchSize = args.perDeviceTrainBatchSize
  const microBatchesPerEpoch = Math.ceil(rowCount / batchSize)
  const updatesPerEpoch = Math.ceil(microBatchesPerEpoch / args.gradientAccumulationSteps)
  const totalUpdates = args.maxSteps > 0 ? args.maxSteps : Math.ceil(args.numTrainEpochs * updatesPerEpoch)
  let shuffled: { epoch: number; rows: number[] } | undefined
  const rowsOf = (epoch: number): number[] => {
    if (shuffled?.epoch !== epoch) {
      const rows = Array.from({ length: rowCount }, (_, row) => row)
      const order = args.shuffle ? new Random(args.seed + epoch).shuffle(rows) : rows
      shuffled = { epoch, rows: args.groupByLength ? groupByLength(order, lengths, batchSize) : order }
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

/**
 * Sorts within stretches of up to 50 micro-batches, as the Trainer does: neighbours are of similar length and yet every
 * epoch differs. The longest row comes first, so that a run that will not fit in memory fails at once.
 */
function groupByLength(rows: readonly number[], lengths: readonly number[], batchSize: number): number[] {
  const lengthOf = (row: number): number => lengths[row] ?? 0
  const batches = Math.max(1, Math.min(50, Math.floor(rows.length / (batchSize * 4))))
  const size = batches * batchSize
  const stretches: number[][] = []
  for (let begin = 0; begin < rows.length; begin += size) {
    stretches.push(rows.slice(begin, begin + size).sort((a, b) => lengthOf(b) - lengthOf(a)))
  }
  const grouped = stretches.flat()
  const longest = grouped.reduce(
    (best, row, i) => (lengthOf(row) > lengthOf(grouped[best] ?? 0) ? i : best),
    0,
  )
  const first = grouped[0] as number
  grouped[0] = grouped[longest] as number
  grouped[longest] = first
  return grouped
}
