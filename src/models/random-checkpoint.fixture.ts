import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { syntheticShapes, writeSyntheticCheckpoint } from './synthetic-checkpoint.js'

/** Writes a float32 checkpoint of the 135 M shape with random weights, and removes it when all of `use` is taken. */
export async function* withRandomCheckpoint<Row>(
  use: (directory: string) => AsyncIterable<Row>,
): AsyncGenerator<Row> {
  const directory = mkdtempSync(path.join(tmpdir(), 'medtune-bench-'))
  try {
    const config = syntheticShapes['135M']
    await writeSyntheticCheckpoint(directory, { config, form: 'float32', seed: 1, shardBytes: 2e9 })
    yield* use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
