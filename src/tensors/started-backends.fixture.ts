import { type BackendName, useBackend } from './backend.js'
import { backends } from './backends/index.js'

/** Names of the backends that start on this machine: conformance suites run once for each. */
export const startedBackends: BackendName[] = await namesThatStart()

async function namesThatStart(): Promise<BackendName[]> {
  const names: BackendName[] = []
  for (const { name } of backends) {
    const started = await useBackend(name).then(
      () => true,
      () => false,
    )
    if (started) names.push(name)
  }
  return names
}
