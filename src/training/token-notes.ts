import type { CausalLM } from '../models/causal-lm.js'
import { embeddingPath } from '../models/decoder-modules.js'
import { decodeFloat32, isFloatStorageDtype } from '../tensors/dtype.js'
import type { SafetensorsFile } from '../tensors/safetensors.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import type { TokenizedExample } from './tokenized-example.js'

/** Rows of a model's token embedding, wherever it is. */
export interface EmbeddingRows {
  /** V */
  readonly vocabSize: number
  /** @param ids each in 0..V−1 @returns float32 [n, E] */
  read(ids: readonly number[]): Promise<Float32Array>
}

/** Ordinary tokens that untrained ones are told from. */
const comparedCount = 256
/** A row shorter than this part of the median was never trained: gradients would have made it longer. */
const trainedShare = 0.05

/** The embedding of a loaded model; undefined where it is trained itself. */
export function embeddingRowsOf(model: CausalLM): EmbeddingRows | undefined {
  const { ops } = model
  const table = model.parameters().find(({ path }) => path === embeddingPath)
  // What is trained in this run need not have been before.
  if (table === undefined || table.trainable) return undefined
  return {
    vocabSize: model.config.vocabSize,
    async read(ids) {
      const indices = Int32Array.from(ids)
      const rows = ops.keep(ops.scope(() => ops.gather(table.value, ops.upload(indices, [ids.length]))))
      try {
        return await ops.read(rows)
      } finally {
        ops.free(rows)
      }
    },
  }
}

/** The embedding of a checkpoint, of which only the rows asked for become float32; undefined when it is not stored as such. */
export async function embeddingRowsIn(checkpoint: SafetensorsFile): Promise<EmbeddingRows | undefined> {
  if (!checkpoint.has(embeddingPath)) return undefined
  const { dtype, shape, data } = await checkpoint.read(embeddingPath)
  const [vocabSize = 0] = shape
  if (!isFloatStorageDtype(dtype) || vocabSize === 0) return undefined
  const rowBytes = data.byteLength / vocabSize
  const row = (id: number): Float32Array =>
    decodeFloat32(dtype, data.slice(id * rowBytes, (id + 1) * rowBytes))
  return {
    vocabSize,
    async read(ids) {
      const rows = ids.map(row)
      const values = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0))
      let at = 0
      for (const part of rows) {
        values.set(part, at)
        at += part.length
      }
      return values
    },
  }
}

/**
 * Notes on special tokens of the rows that the base model never trained: base models reserve tokens for chats whose
 * embeddings are still as good as zero, or all alike. LoRA on the layers cannot teach them.
 *
 * @returns sentences for the user, none when all is well
 */
export async function untrainedTokenNotes(
  embedding: EmbeddingRows | undefined,
  tokenizer: Tokenizer | undefined,
  examples: readonly TokenizedExample[],
): Promise<string[]> {
  if (embedding === undefined || tokenizer === undefined) return []
  const { vocabSize } = embedding
  const isSpecial = (id: number): boolean =>
    id < vocabSize && id !== tokenizer.bosTokenId && tokenizer.isSpecialTokenId(id)
  const used = [...new Set(examples.flatMap(({ inputIds }) => inputIds.filter(isSpecial)))]
  if (used.length === 0) return []
  const others = Array.from({ length: vocabSize }, (_, id) => id).filter(
    (id) => isSpecial(id) && !used.includes(id),
  )
  const special = [...used, ...others.slice(0, comparedCount)]
  const step = Math.max(1, Math.floor(vocabSize / comparedCount))
  const ordinary = Array.from({ length: Math.min(comparedCount, vocabSize) }, (_, i) => i * step)
  const rows = splitRows(await embedding.read([...special, ...ordinary]), special.length + ordinary.length)
  const norms = rows.map((row) => Math.sqrt(row.reduce((sum, x) => sum + x * x, 0)))
  const median = norms.slice(special.length).sort((x, y) => x - y)[Math.floor(ordinary.length / 2)] ?? 0
  const forms = rows.slice(0, special.length).map(bytesOf)
  const untrained = used.filter(
    (_, i) =>
      (norms[i] ?? 0) < trainedShare * median ||
      forms.indexOf(forms[i] ?? '') !== forms.lastIndexOf(forms[i] ?? ''),
  )
  if (untrained.length === 0) return []
  const names = untrained.map((id) => tokenizer.idToToken(id) ?? `token ${id}`).join(', ')
  return [
    `The rows hold ${names}, which the base model never trained: ${untrained.length === 1 ? 'its embedding is' : 'their embeddings are'}` +
      " near zero or another token's too." +
      ' Use the instruct version of the model, the alpaca prompt template, or train embed_tokens and lm_head too (modulesToSave, where they are two matrices).',
  ]
}

function splitRows(values: Float32Array, count: number): Float32Array[] {
  const width = values.length / count
  return Array.from({ length: count }, (_, row) => values.subarray(row * width, (row + 1) * width))
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

/** Notes on markers of a prompt template that a tokenizer has no token for. */
export function missingMarkerNotes(tokenizer: Tokenizer, markers: readonly string[] = []): string[] {
  const missing = markers.filter((marker) => tokenizer.tokenToId(marker) === undefined)
  if (missing.length === 0) return []
  const pieces = missing.map((marker) => tokenizer.encode(marker, { addSpecialTokens: false }).length)
  return [
    `The prompt template's ${missing.join(', ')} ${missing.length === 1 ? 'is no token' : 'are no tokens'} of this model and become ${pieces.join(', ')} pieces.` +
      ' They work as text; a template of plain words (alpaca) needs fewer tokens.',
  ]
}
