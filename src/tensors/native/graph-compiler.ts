import { MedtuneError } from '../../errors.js'
import type { NativeBinding } from './binding.js'
import { tensorflowTypes } from './binding.js'
import type { OpForms } from './op-forms.js'
import type { OpRunner } from './op-runner.js'
import { elementWise, full } from './operations/element-wise.js'
import { matmul } from './operations/matmul.js'
import type { TensorLifetimes } from './tensor-lifetimes.js'
import { TracedFunctions } from './traced-functions.js'

/** `none`: TensorFlow calls its kernels one by one; `xla`: one program of fused kernels, compiled for the device. */
export type GraphCompiler = 'none' | 'xla'

/**
 * What MEDTUNE_XLA asks for: `1` or `0`; without it `none`, which is the faster one on processors.
 * @throws MedtuneError INVALID_ARGUMENT
 */
export function requestedCompiler(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): GraphCompiler {
  const value = environment.MEDTUNE_XLA ?? '0'
  if (value === '0' || value === '1') return value === '1' ? 'xla' : 'none'
  throw new MedtuneError('INVALID_ARGUMENT', `MEDTUNE_XLA must be 0 or 1; got ${JSON.stringify(value)}.`)
}

/**
 * Whether cuDNN's attention is wanted in functions that XLA compiles: MEDTUNE_FUSED_ATTENTION, `1` or `0`; without it it is.
 * @throws MedtuneError INVALID_ARGUMENT
 */
export function wantsFusedAttention(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const value = environment.MEDTUNE_FUSED_ATTENTION ?? '1'
  if (value === '0' || value === '1') return value === '1'
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `MEDTUNE_FUSED_ATTENTION must be 0 or 1; got ${JSON.stringify(value)}.`,
  )
}

/** The forms that XLA compiles: it has no complex bitcast, no EuclideanNorm and none of our own kernels. */
export function formsForXla(forms: OpForms): OpForms {
  return { ...forms, complexRotary: false, euclideanNorm: false, fewRows: false, manyRows: false }
}

/**
 * Compiles and calls a small function, so that a machine without what XLA needs says so before a model is loaded.
 * @throws MedtuneError BACKEND_UNAVAILABLE with TensorFlow's reason
 */
export function probeXla(binding: NativeBinding, runner: OpRunner, lifetimes: TensorLifetimes): void {
  const traced = new TracedFunctions({ binding, runner, lifetimes, recordAtCall: 1, compiler: 'xla' })
  try {
    lifetimes.scope(() => {
      const x = full(runner, [2, 2], 1, tensorflowTypes.float32)
      const call = traced.trace('probe', () => [elementWise(runner, 'AddV2', matmul(runner, x, x, {}), x)])
      call([x])
      call([x])
    })
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).slice(0, 400)
    throw new MedtuneError(
      'BACKEND_UNAVAILABLE',
      `XLA must compile for this device (MEDTUNE_XLA=1); it gave: ${reason}. ` +
        'On a card it needs ptxas, libdevice and cuDNN: medtune setup --gpu. Or unset MEDTUNE_XLA.',
      { cause },
    )
  } finally {
    traced.dispose()
  }
}
