import type { TrainingArguments } from '../training/training-arguments.js'

/** The embedded demonstration model: a Llama of a million parameters, 2 MB in bfloat16. */
export const tinyModelConfig = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_act: 'silu',
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 32,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  attention_bias: false,
  attention_dropout: 0,
  mlp_bias: false,
  tie_word_embeddings: true,
  max_position_embeddings: 1024,
  initializer_range: 0.02,
  bos_token_id: 0,
  eos_token_id: 1,
  pad_token_id: 2,
} as const

/** Its tokenizer: byte-level BPE, ids of the special tokens as in `tinyModelConfig`. */
export const tinyModelTokenizer = {
  vocabSize: 2048,
  specialTokens: ['<s>', '</s>', '<pad>'],
  bosToken: '<s>',
  eosToken: '</s>',
  padToken: '<pad>',
  addBos: true,
} as const

/** How it is trained: all parameters, from random weights. */
export const tinyModelTraining: Partial<TrainingArguments> & { readonly seed: number } = {
  seed: 3407,
  perDeviceTrainBatchSize: 4,
  gradientAccumulationSteps: 1,
  maxSteps: 1500,
  warmupSteps: 50,
  learningRate: 3e-3,
  lrSchedulerType: 'cosine',
  weightDecay: 0.1,
  adamBeta2: 0.95,
  maxLength: 640,
  loggingSteps: 20,
  padToMultipleOf: 128,
}
