import { MedtuneError } from '../errors.js'
import { backends } from './backends/index.js'
import type { Ops } from './ops.js'

/** What a backend is and how it starts. One file each in `backends/`, listed by priority in its `index.ts`. */
export interface Backend {
  readonly name: BackendName
  /** One line for people: what it runs on. */
  readonly description: string
  /** Starts it. Throws MedtuneError BACKEND_UNAVAILABLE with the remedy when it cannot run here. */
  start(): Promise<StartedBackend>
}

export interface StartedBackend {
  readonly ops: Ops
  /** Worker threads the products use. */
  readonly threads: number
  /** For people: versions, device, e.g. `TensorFlow 2.21.0, CPU`. */
  readonly detail: string
  /** By dtype, which operations the device has in it, and which run in float32 between casts; where that was tried. */
  readonly probes?: Readonly<Record<string, Readonly<Record<string, 'device' | 'float32'>>>>
  /** Whether recorded attention runs in the device's fused kernels, or why it does not; where they were asked for. */
  readonly attentionRoad?: { readonly fused: true } | { readonly fused: false; readonly reason: string }
}

export type BackendName = 'cuda' | 'native' | 'wasm' | 'cpu'

/** The backend in use: its operations and what to tell the user about it. */
export interface ActiveBackend extends StartedBackend {
  readonly name: BackendName
}

let active: Promise<ActiveBackend> | undefined

/**
 * Chooses the tensor backend for all models loaded from now on, starting it if need be.
 * @param name without it, the first that starts of cuda, native, wasm, cpu
 * @throws MedtuneError BACKEND_UNAVAILABLE when the named one does not start here; the message says what to do
 */
export async function useBackend(name?: BackendName): Promise<ActiveBackend> {
  if (name !== undefined && !backends.some((backend) => backend.name === name)) {
    const names = backends.map((backend) => backend.name).join(', ')
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `backend must be one of ${names}; got ${name}. Leave it out for the best that starts.`,
    )
  }
  const current = await active?.catch(() => undefined)
  if (current !== undefined && (name === undefined || current.name === name)) return current
  const previous = active
  active = startFirst(name)
  try {
    return await active
  } catch (error) {
    // A backend that does not start leaves the one in use as it was.
    active = previous
    throw error
  }
}

async function startFirst(name: BackendName | undefined): Promise<ActiveBackend> {
  const failures: string[] = []
  for (const backend of backends) {
    if (name !== undefined && backend.name !== name) continue
    try {
      return { name: backend.name, ...(await backend.start()) }
    } catch (error) {
      if (name !== undefined) throw error
      failures.push(`${backend.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new MedtuneError('BACKEND_UNAVAILABLE', `No tensor backend starts here. ${failures.join(' ')}`)
}
