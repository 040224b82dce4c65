import { type LearningRateSchedule, warmupFactor } from './learning-rate-schedule.js'

/**
 * Half a cosine: ½ (1 + cos(π (k − w) / (N − w))).
 * @see Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017)
 */
export const cosineSchedule: LearningRateSchedule = {
  name: 'cosine',
  factor: (update, warmupSteps, totalSteps) =>
    warmupFactor(update, warmupSteps) ??
    Math.max(
      0,
      0.5 * (1 + Math.cos((Math.PI * (update - warmupSteps)) / Math.max(1, totalSteps - warmupSteps))),
    ),
}
