import { type LearningRateSchedule, warmupFactor } from './learning-rate-schedule.js'

/** The peak learning rate from the first update on; a warm-up is ignored, as Hugging Face's `constant` does. */
export const constantSchedule: LearningRateSchedule = { name: 'constant', factor: () => 1 }

/** The peak learning rate once the warm-up is over. */
export const constantWithWarmupSchedule: LearningRateSchedule = {
  name: 'constant_with_warmup',
  factor: (update, warmupSteps) => warmupFactor(update, warmupSteps) ?? 1,
}
