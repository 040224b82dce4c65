/** Which part of the peak learning rate an update uses. */
export interface LearningRateSchedule {
  /** As in `lrSchedulerType` and in Hugging Face's `lr_scheduler_type`. */
  readonly name: LrSchedulerType
  /**
   * @param update 0 for the first update; it is 0 there when there is a warm-up
   * @returns factor of `learningRate`, 0 to 1
   */
  factor(update: number, warmupSteps: number, totalSteps: number): number
}

export type LrSchedulerType = 'linear' | 'cosine' | 'constant' | 'constant_with_warmup'

/** The warm-up part, the same in every schedule: 0, 1/w, 2/w …; undefined once it is over. */
export function warmupFactor(update: number, warmupSteps: number): number | undefined {
  return update < warmupSteps ? update / Math.max(1, warmupSteps) : undefined
}
