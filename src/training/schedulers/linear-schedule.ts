import { type LearningRateSchedule, warmupFactor } from './learning-rate-schedule.js'

/** Falls in a straight line to 0 after the last update, whose own factor is therefore 1/(N − w), never 0. */
export const linearSchedule: LearningRateSchedule = {
  name: 'linear',
  factor: (update, warmupSteps, totalSteps) =>
    warmupFactor(update, warmupSteps) ??
    Math.max(0, (totalSteps - update) / Math.max(1, totalSteps - warmupSteps)),
}
