import { copyFile, readFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../../../errors.js'
import {
  type SyntheticForm,
  syntheticShapes,
  writeSyntheticCheckpoint,
} from '../../../models/synthetic-checkpoint.js'
import type { Output } from '../output.js'

/** Files of a tokenizer that a model folder carries. */
const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json']

export interface MakeCheckpointOptions {
  /** A named shape. */
  readonly shape: string | undefined
  /** A config.json, instead of a named shape. */
  readonly config: string | undefined
  readonly form: SyntheticForm
  readonly seed: number
  readonly shardGb: number
  readonly outputDir: string
  /** Folder whose tokenizer goes beside the weights. */
  readonly tokenizer: string
  readonly signal: AbortSignal
}

/** Writes a model of random weights, so that size and speed can be tested without a download. */
export async function makeCheckpoint(options: MakeCheckpointOptions, output: Output): Promise<void> {
  const { form, seed, shardGb, outputDir, tokenizer, signal } = options
  const config = await chosenConfig(options)
  if (!(shardGb > 0)) {
    throw new MedtuneError('INVALID_ARGUMENT', `--shard-gb must be > 0; got ${shardGb}. Use 5.`)
  }
  let bar: ReturnType<Output['progress']> | undefined
  const made = await writeSyntheticCheckpoint(outputDir, {
    ...{ config, form, seed, signal, shardBytes: shardGb * 1e9 },
    onProgress: (done, total) => {
      bar ??= output.progress({ label: 'Write', total, unit: 'bytes' })
      bar.update(done)
    },
  })
  bar?.finish()
  for (const file of tokenizerFiles) await copyFile(path.join(tokenizer, file), path.join(outputDir, file))
  const { parameters, sizeBytes, shards } = made
  output.print(
    `${(parameters / 1e9).toFixed(2)} B parameters, ${(sizeBytes / 1e9).toFixed(2)} GB in ${shards} file(s): ${outputDir}`,
  )
  output.result({ outputDir, form, seed, ...made })
}

async function chosenConfig({ shape, config }: MakeCheckpointOptions): Promise<Record<string, unknown>> {
  if (config !== undefined) {
    try {
      return JSON.parse(await readFile(config, 'utf8'))
    } catch (cause) {
      throw new MedtuneError('INVALID_CONFIG', `${config} must be a readable config.json. Check the path.`, {
        cause,
      })
    }
  }
  if (shape !== undefined && Object.hasOwn(syntheticShapes, shape)) {
    return { ...syntheticShapes[shape as keyof typeof syntheticShapes] }
  }
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `shape must be one of ${Object.keys(syntheticShapes).join(', ')}; got ${shape ?? 'none'}. Or give --model-config FILE.`,
  )
}
