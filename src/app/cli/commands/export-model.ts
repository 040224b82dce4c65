import { existsSync } from 'node:fs'
import path from 'node:path'
import { exportGguf } from '../../../artifacts/export-gguf.js'
import { exportGgufAdapter } from '../../../artifacts/export-gguf-adapter.js'
import { exportOllama } from '../../../artifacts/export-ollama.js'
import { exportPeft } from '../../../artifacts/export-peft.js'
import { mergeToSafetensors } from '../../../artifacts/merge-to-safetensors.js'
import { MedtuneError } from '../../../errors.js'
import { readAdapterConfig } from '../../../lora/load-adapter.js'
import { findPromptTemplate } from '../../../tokenizers/prompt-template-file.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import type { Progress } from '../progress-bar.js'

export const exportModelCommand: Command = defineCommand({
  name: 'export-model',
  description:
    'Write a fine-tuned model for other tools. merged: the whole model in Hugging Face layout, the adapter folded in;\n' +
    'gguf: the same as one file for llama.cpp; ollama: that file and a Modelfile; peft: the adapter alone;\n' +
    'gguf-adapter: the adapter alone for llama.cpp.\n' +
    'The base is the folder that is merged into: 16-bit weights, or 4-bit ones, which are dequantized.',
  usage: 'export-model ADAPTER_OR_MODEL',
  maxPositionals: 1,
  options: {
    to: {
      type: 'string',
      choices: ['merged', 'peft', 'gguf', 'gguf-adapter', 'ollama'],
      default: 'merged',
      description: 'Form of the result.',
    },
    base: {
      type: 'string',
      valueName: 'DIR',
      description: 'Base model (default: the folder that the adapter names).',
    },
    out: {
      type: 'string',
      valueName: 'PATH',
      description: 'New folder, or file of gguf (default: ADAPTER_OR_MODEL-merged, -ollama, .gguf …).',
    },
    quantization: {
      type: 'string',
      choices: ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'],
      description: 'Type of the matrices of gguf and ollama (default: f16).',
    },
    template: {
      type: 'string',
      valueName: 'NAME|FILE',
      description:
        "What the model was trained with, for ollama; chat: the model's own chat template (default: alpaca).",
    },
    system: { type: 'string', valueName: 'TEXT', description: 'Instruction of every question, for ollama.' },
    dtype: {
      type: 'string',
      choices: ['bfloat16', 'float16', 'float32'],
      description: 'Element type of the weights of merged (default: bfloat16).',
    },
    maxShardSize: {
      type: 'integer',
      valueName: 'MB',
      description: 'Largest weights file of merged, in megabytes (default: 5000).',
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
    {
      command: 'medtune export-model lora_model_medical --to gguf --quantization q8_0',
      does: 'Writes lora_model_medical.gguf for llama.cpp.',
    },
    {
      command: 'medtune export-model lora_model_medical --to ollama --out ollama',
      does: 'Then: ollama create medical -f ollama/Modelfile',
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
    const { to, system } = values
    refuseForeignOptions(values)
    const { template = 'alpaca', quantization = 'f16', dtype = 'bfloat16' } = values
    const out = values.out ?? path.resolve(source) + defaultEndings[to]
    const given = await inputs(source, values.base)
    let progress: Progress | undefined
    const advance =
      (label: string, unit: 'bytes' | 'items') =>
      (done: number, total: number): void => {
        progress ??= output.progress({ label, total, unit })
        progress.update(done)
      }
    const weights = { ...given, quantization, signal, onProgress: advance('Writing', 'items') }
    try {
      const report = { outputDir: out, totalBytes: 0, notes: [] as readonly string[] }
      if (to === 'merged') {
        const maxShardBytes = (values.maxShardSize ?? 5000) * 1e6
        const onProgress = advance('Merging', 'bytes')
        Object.assign(
          report,
          await mergeToSafetensors({ ...given, outputDir: out, dtype, maxShardBytes, signal, onProgress }),
        )
      } else if (to === 'gguf') {
        Object.assign(report, await exportGguf({ ...weights, file: out }))
      } else if (to === 'ollama') {
        Object.assign(
          report,
          await exportOllama({
            ...weights,
            outputDir: out,
            template: template === 'chat' ? 'chat' : await findPromptTemplate(template),
            ...(system === undefined ? {} : { system }),
          }),
        )
      } else if (to === 'peft') {
        await exportPeft({ ...withAdapter(source, given), outputDir: out })
      } else {
        Object.assign(report, await exportGgufAdapter({ ...withAdapter(source, given), file: out, signal }))
      }
      progress?.finish()
      const size = report.totalBytes === 0 ? '' : ` (${(report.totalBytes / 1e6).toFixed(1)} MB)`
      output.print(`Written   ${out}${size}`)
      for (const note of report.notes) output.warn(`Note      ${note}`)
      output.result({ ...report })
      return exitCodes.ok
    } finally {
      progress?.finish()
    }
  },
})

const defaultEndings = {
  merged: '-merged',
  peft: '-peft',
  gguf: '.gguf',
  'gguf-adapter': '-adapter.gguf',
  ollama: '-ollama',
} as const

/** The forms that an option says something about. */
const formsOf = {
  quantization: ['gguf', 'ollama'],
  template: ['ollama'],
  system: ['ollama'],
  dtype: ['merged'],
  maxShardSize: ['merged'],
} as const satisfies Record<string, readonly (keyof typeof defaultEndings)[]>

/** @throws INVALID_ARGUMENT for an option that the form would leave unread */
function refuseForeignOptions(
  values: { readonly to: keyof typeof defaultEndings } & {
    readonly [name in keyof typeof formsOf]?: unknown
  },
): void {
  for (const [name, forms] of Object.entries(formsOf) as [keyof typeof formsOf, readonly string[]][]) {
    if (values[name] === undefined || forms.includes(values.to)) continue
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `--${flag} is for --to ${forms.join(' and --to ')}; got --to ${values.to}. Leave it out.`,
    )
  }
}

/** @throws INVALID_ARGUMENT for a whole model where an adapter is wanted */
function withAdapter(
  source: string,
  { base, adapter }: { base: string; adapter?: string },
): { base: string; adapter: string } {
  if (adapter !== undefined) return { base, adapter }
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `--to peft and --to gguf-adapter want the folder of an adapter; ${source} is a whole model. Use --to gguf.`,
  )
}

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
