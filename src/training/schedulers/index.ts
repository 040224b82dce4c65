import { constantSchedule, constantWithWarmupSchedule } from './constant-schedule.js'
import { cosineSchedule } from './cosine-schedule.js'
import type { LearningRateSchedule, LrSchedulerType } from './learning-rate-schedule.js'
import { linearSchedule } from './linear-schedule.js'

/** Every schedule by name. To add one: a file here, its name in `LrSchedulerType` and a line in this list. */
export const schedules: Readonly<Record<LrSchedulerType, LearningRateSchedule>> = {
  linear: linearSchedule,
  cosine: cosineSchedule,
  constant: constantSchedule,
  constant_with_warmup: constantWithWarmupSchedule,
}
