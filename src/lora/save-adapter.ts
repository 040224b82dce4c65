import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import { rowsToCheckpoint } from '../models/layers/row-order.js'
import { type SafetensorsEntry, writeSafetensors } from '../tensors/safetensors-writer.js'
import { adapterConfigToJson } from './adapter-config.js'
import { adapterConfigFile, adapterTensorName, adapterWeightsFile, savedTensorName } from './adapter-names.js'
import { baseModelName } from './base-model-name.js'
import { copyPresent } from './copy-present.js'
import { adapterOf, type LoraAdapter } from './lora-adapter.js'
import { isTarget } from './lora-config.js'
import { savedParameters } from './saved-modules.js'

export interface SaveAdapterOptions {
  /** Folder whose tokenizer files are copied beside the adapter. Default: the model's own folder. */
  readonly tokenizerDir?: string | undefined
}

const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
  'additional_chat_templates',
  'generation_config.json',
]

/**
 * Writes a model's adapter as PEFT does: `adapter_config.json`, `adapter_model.safetensors` (F32), the tokenizer's files
 * and a short README.md. All files are complete before the first one takes its place in the folder.
 *
 * @throws INVALID_ARGUMENT when the model has no adapter, FILE_UNWRITABLE
 */
export async function saveAdapter(
  model: CausalLM,
  directory: string,
  options: SaveAdapterOptions = {},
): Promise<void> {
  const adapter = adapterOf(model)
  if (adapter === undefined) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'the model must have an adapter to save; it has none. Call applyLora first.',
    )
  }
  const staging = path.join(directory, `.saving-${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(staging, { recursive: true })
    await writeSafetensors(path.join(staging, adapterWeightsFile), adapterEntries(model, adapter))
    const config = { ...adapter.config, targetModules: savedTargets(model, adapter) }
    const json = adapterConfigToJson(config, baseModelName(model.nameOrPath))
    await writeFile(path.join(staging, adapterConfigFile), `${JSON.stringify(json, null, 2)}\n`)
    await writeFile(path.join(staging, 'README.md'), modelCard(model, adapter))
    await copyPresent(tokenizerFiles, options.tokenizerDir ?? model.nameOrPath, staging)
    for (const entry of await readdir(staging, { withFileTypes: true })) {
      const file = entry.name
      // Other than a file, a folder takes no other's place.
      if (entry.isDirectory()) await rm(path.join(directory, file), { recursive: true, force: true })
      await rename(path.join(staging, file), path.join(directory, file))
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw new MedtuneError(
      'FILE_UNWRITABLE',
      `the adapter folder ${directory} must be writable; saving failed. Check its permissions and free disk space.`,
      { cause },
    )
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** A and B of every module under PEFT's names, B's rows in the checkpoint's order; then the modules stored whole. */
function adapterEntries(model: CausalLM, { config, modules }: LoraAdapter): SafetensorsEntry[] {
  const { ops } = model
  const saved = savedParameters(model, config).map(({ path: parameterPath, value, rowOrder }) => ({
    ...({ name: savedTensorName(parameterPath), dtype: 'F32', shape: value.shape } as const),
    data: async () => rowsToCheckpoint(await ops.read(value), value.shape[0] ?? 0, rowOrder),
  }))
  const factors = [...modules].flatMap<SafetensorsEntry>(
    ([modulePath, { loraA, loraB, outFeatures, rowOrder }]) => [
      {
        name: adapterTensorName(modulePath, 'A'),
        dtype: 'F32',
        shape: loraA.value.shape,
        data: () => ops.read(loraA.value),
      },
      {
        name: adapterTensorName(modulePath, 'B'),
        dtype: 'F32',
        shape: loraB.value.shape,
        data: async () => rowsToCheckpoint(await ops.read(loraB.value), outFeatures, rowOrder),
      },
    ],
  )
  return [...factors, ...saved]
}

/** The shortest list of names that means exactly the adapted modules: last parts of their paths, or the paths. */
function savedTargets(model: CausalLM, { modules }: LoraAdapter): string[] {
  const names = [...new Set([...modules.keys()].map((modulePath) => modulePath.split('.').at(-1) ?? ''))]
  const meant = [...model.linears().keys()].filter((modulePath) => isTarget(names, modulePath))
  return meant.length === modules.size ? names : [...modules.keys()]
}

function modelCard({ nameOrPath }: CausalLM, { config, modules }: LoraAdapter): string {
  const base = baseModelName(nameOrPath)
  return `---
base_model: ${JSON.stringify(base)}
library_name: peft
tags:
- lora
---

# LoRA adapter

Made by medtune for \`${base}\`: r ${config.r}, alpha ${config.loraAlpha}, ${modules.size} modules.
Load it with \`loadAdapter\` of medtune or with \`PeftModel.from_pretrained\` of PEFT, on the same base model.
`
}
