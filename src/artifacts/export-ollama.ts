import path from 'node:path'
import { writeFileAtomically } from '../atomic-file.js'
import type { PromptTemplate } from '../tokenizers/prompt-template.js'
import { type ExportGgufOptions, exportGguf, type GgufReport } from './export-gguf.js'
import { ollamaModelfile, ollamaTemplateOf, ollamaTemplateOfChat } from './ollama-modelfile.js'
import { readStoredTokenizer } from './stored-tokenizer.js'

export interface ExportOllamaOptions extends Omit<ExportGgufOptions, 'file'> {
  readonly outputDir: string
  /** What the model was trained with; `chat` for its own chat template. */
  readonly template: PromptTemplate | 'chat'
  /** The instruction that goes with every question. */
  readonly system?: string
}

/**
 * Writes `model.gguf` and a `Modelfile` whose template and stops come from the training template, for
 * `ollama create NAME -f Modelfile`.
 *
 * @throws as `exportGguf`; UNSUPPORTED_MODEL for a chat template of unknown form
 */
export async function exportOllama(options: ExportOllamaOptions): Promise<GgufReport> {
  const { base, adapter, outputDir, template, system } = options
  const { tokenizer, chatTemplate } = await readStoredTokenizer(
    adapter === undefined ? [base] : [adapter, base],
  )
  const ollama = template === 'chat' ? ollamaTemplateOfChat(chatTemplate) : ollamaTemplateOf(template)
  const eos = tokenizer.eosTokenId === undefined ? undefined : tokenizer.idToToken(tokenizer.eosTokenId)
  const modelfile = ollamaModelfile('model.gguf', ollama, { eos, system })
  const report = await exportGguf({ ...options, file: path.join(outputDir, 'model.gguf') })
  await writeFileAtomically(path.join(outputDir, 'Modelfile'), modelfile)
  return report
}
