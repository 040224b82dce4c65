import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createCausalLM } from './create-causal-lm.js'
import { saveCausalLM } from './save-causal-lm.js'

/** The shape of a 135 M-parameter Llama, as `config.json` has it. */
const shape135M = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  vocab_size: 49152,
  tie_word_embeddings: true,
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  initializer_range: 0.02,
  hidden_act: 'silu',
  bos_token_id: 1,
  eos_token_id: 2,
}

/** Writes a float32 checkpoint of the 135 M shape with random weights for `use`, and removes it afterwards. */
export async function withRandomCheckpoint<Result>(
  use: (directory: string) => Result | Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(path.join(tmpdir(), 'medtune-bench-'))
  try {
    const model = await createCausalLM(shape135M, { seed: 1 })
    await saveCausalLM(model, directory)
    model.dispose()
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
