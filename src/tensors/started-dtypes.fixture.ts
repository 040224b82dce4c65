import { type BackendName, useBackend } from './backend.js'
import { startedBackends } from './started-backends.fixture.js'

/** A backend that starts here and a dtype that it computes in. */
export interface StartedDtype {
  readonly backend: BackendName
  readonly dtype: 'float32' | 'bfloat16'
}

/** The same, and whether frozen matrices are held in 4 bits; spreads into the options of `loadCausalLM`. */
export interface StartedForm extends StartedDtype {
  readonly loadIn4bit: boolean
}

/** Suites of models and training run once for each; bfloat16 has 8 bits of mantissa and tolerances to match. */
export const startedDtypes: StartedDtype[] = await pairsThatStart()

/** Suites that train run once for each; in 4 bits not on the reference backend, which takes its time. */
export const startedForms: StartedForm[] = startedDtypes.flatMap((started) =>
  (started.backend === 'cpu' ? [false] : [false, true]).map((loadIn4bit) => ({ ...started, loadIn4bit })),
)

const halves = startedDtypes.filter(({ dtype }) => dtype === 'bfloat16')

/** Suites of bfloat16 alone are skipped where no backend computes in it; a file must list a suite all the same. */
export const bfloat16Starts: boolean = halves.length > 0

/** What they run once for each. */
export const inBfloat16: readonly StartedDtype[] = bfloat16Starts
  ? halves
  : [{ backend: 'native', dtype: 'bfloat16' }]

/** Whether a listed form can run on this machine. */
export function startsHere({ backend, dtype }: StartedDtype): boolean {
  return startedDtypes.some((started) => started.backend === backend && started.dtype === dtype)
}

async function pairsThatStart(): Promise<StartedDtype[]> {
  const pairs: StartedDtype[] = []
  for (const backend of startedBackends) {
    const { ops } = await useBackend(backend)
    for (const dtype of ['float32', 'bfloat16'] as const) {
      if (ops.computeDtypes.includes(dtype)) pairs.push({ backend, dtype })
    }
  }
  return pairs
}
