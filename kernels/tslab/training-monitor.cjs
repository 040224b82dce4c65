// @ts-check
'use strict'
// The training that runs in this kernel, for the front end's dashboard, over comms named `medtune.training`. The front
// end opens one and hears the whole state at once, so that a reloaded page shows a run from its start.

const TARGET = 'medtune.training'

/**
 * @typedef {object} TrainingJob
 * @property {number} id
 * @property {'running' | 'stopped' | 'completed'} status
 * @property {number} startedAt  milliseconds since 1970
 * @property {number} step
 * @property {number} totalSteps
 * @property {string} [savedTo]
 * @property {object[]} log
 * @property {number} memoryBytes  of this process
 */

/** @param {import('./comms.cjs').Comms} comms */
function installTrainingMonitor(comms) {
  /** @type {Set<import('./comms.cjs').Comm>} */
  const open = new Set()
  /** @type {TrainingJob | undefined} */
  let job
  const tell = (/** @type {object} */ message) => {
    for (const comm of open) comm.send(message)
  }
  comms.registerTarget(TARGET, (comm) => {
    open.add(comm)
    comm.onClose.push(() => open.delete(comm))
    comm.send({ job: job ?? null })
  })

  return {
    /**
     * A training starts. Several may run one after the other; the last one is shown.
     *
     * @param {{ totalSteps: number }} facts
     */
    begin({ totalSteps }) {
      /** @type {TrainingJob} */
      const mine = {
        id: (job?.id ?? 0) + 1,
        status: 'running',
        startedAt: Date.now(),
        step: 0,
        totalSteps,
        log: [],
        memoryBytes: process.memoryUsage.rss(),
      }
      job = mine
      tell({ job: mine })
      const update = (/** @type {Partial<TrainingJob>} */ changes, /** @type {object} */ extra = {}) => {
        Object.assign(mine, changes, { memoryBytes: process.memoryUsage.rss() })
        const { log: _, ...state } = mine
        if (job === mine) tell({ state, ...extra })
      }
      return {
        /** @param {object} entry @param {number} step */
        log(entry, step) {
          mine.log.push(entry)
          update({ step }, { entry })
        },
        /** @param {string} directory */
        saved: (directory) => update({ savedTo: directory }),
        /** @param {number} step */
        end: (step) => update({ step, status: step < totalSteps ? 'stopped' : 'completed' }),
      }
    },
  }
}

module.exports = { installTrainingMonitor }
