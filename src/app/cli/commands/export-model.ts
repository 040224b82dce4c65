import { existsSync } from 'node:fs'
import path from 'node:path'
import { mergeToSafetensors } from '../../../artifacts/merge-to-safetensors.js'
import { MedtuneError } from '../../../errors.js'
import { readAdapterConfig } from '../../../lora/load-adapter.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import type { Progress } from '../progress-bar.js'

export const exportModelCommand: Command = defineCommand({
  name: 'export-model',
  description:
    'Fold an adapter into its base model and write the whole model for other tools (Hugging Face layout).\n' +
    'The base is the folder that is merged into: 16-bit weights, or 4-bit ones, which are dequantized.',
  usage: 'export-model ADAPTER_OR_MODEL',
  maxPositionals: 1,
  options: {
    to: { type: 'string', choices: ['merged'], default: 'merged', description: 'Form of the result.' },
    base: {
      type: 'string',
      valueName: 'DIR',
      description: 'Base model (default: the folder that the adapter names).',
    },
    out: { type: 'string', valueName: 'DIR', description: 'New folder (default: ADAPTER_OR_MODEL-merged).' },
    dtype: {
      type: 'string',
      choices: ['bfloat16', 'float16', 'float32'],
      default: 'bfloat16',
      description: 'Element type of the weights.',
    },
    maxShardSize: {
      type: 'integer',
      valueName: 'MB',
      default: 5000,
      description: 'Largest weights file, in megabytes.',
    },
  },
  examples: [
    {
      command: 'medtune export-model lora_model_medical',
      does: 'Writes lora_model_medical-merged in bfloat16.',
    },
    {
      command:
        'medtune export-model lora_model_medical --base models/llama-3-8b --out merged --dtype float16',
      does: 'Into 16-bit weights other than those trained on.',
    },
  ],
  async run({ values, positionals, output, signal }) {
    const [source] = positionals
    if (source === undefined) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        'export-model needs the folder of an adapter or a model; none was given. Write: medtune export-model DIR',
      )
    }
    let progress: Progress | undefined
    try {
      const report = await mergeToSafetensors({
        ...(await inputs(source, values.base)),
        outputDir: values.out ?? `${path.resolve(source)}-merged`,
        dtype: values.dtype,
        maxShardBytes: values.maxShardSize * 1e6,
        signal,
        onProgress: (doneBytes, totalBytes) => {
          progress ??= output.progress({ label: 'Merging', total: totalBytes, unit: 'bytes' })
          progress.update(doneBytes)
        },
      })
      progress?.finish()
      output.print(
        `Written   ${report.outputDir} (${(report.totalBytes / 1e6).toFixed(1)} MB, ${values.dtype})`,
      )
      output.result({ ...report })
      return exitCodes.ok
    } finally {
      progress?.finish()
    }
  },
})

/** A whole model is its own base; an adapter names its base, relative to itself or to where the command runs. */
async function inputs(
  source: string,
  given: string | undefined,
): Promise<{ base: string; adapter?: string }> {
  if (existsSync(path.join(source, 'config.json'))) return { base: source }
  const named = given ?? (await readAdapterConfig(source)).baseModel
  const candidates = named === undefined ? [] : [named, path.resolve(source, named)]
  const base = candidates.find((folder) => existsSync(path.join(folder, 'config.json')))
  if (base !== undefined) return { base, adapter: source }
  throw new MedtuneError(
    'MODEL_NOT_FOUND',
    `the base model of ${source} must be a folder with config.json; got ${named ?? 'none'}. Give it with --base DIR.`,
  )
}
