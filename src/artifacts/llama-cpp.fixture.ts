import { execFileSync } from 'node:child_process'
import { llamaCppPython } from '../test-data.fixture.js'

/** One process for all jobs. Keys and values are cached in float32, so that only the file's types round. */
const script = `
import json, sys
import llama_cpp
answers = []
for job in json.load(sys.stdin):
    extra = {"lora_path": job["lora"]} if job.get("lora") else {}
    llm = llama_cpp.Llama(job["model"], n_ctx=job.get("context", 256), n_threads=1, n_threads_batch=1, type_k=0, type_v=0,
                          logits_all=True, verbose=False, **extra)
    new = []
    for token in llm.generate(job["ids"], temp=0.0, top_k=1, repeat_penalty=1.0):
        new.append(token)
        if len(new) >= job["count"]: break
    logits = llm.scores[:len(job["ids"])].flatten().tolist()
    texts = [llm.tokenize(text.encode(), add_bos=True, special=True) for text in job.get("texts", [])]
    answers.append({"ids": new, "texts": texts, "logits": logits})
    llm.close()
print(json.dumps(answers))`

export interface LlamaCppJob {
  readonly model: string
  readonly lora?: string
  /** The prompt. */
  readonly ids: readonly number[]
  /** Tokens to generate, greedily. */
  readonly count: number
  readonly texts?: readonly string[]
  /** Tokens of context, a multiple of 256; default 256. */
  readonly context?: number
}

export interface LlamaCppAnswer {
  /** Greedy ids after the prompt. */
  readonly ids: number[]
  /** The ids of each text. */
  readonly texts: number[][]
  /** float32 [T, V] of the prompt. */
  readonly logits: number[]
}

/** What llama.cpp makes of GGUF files. */
export function runLlamaCpp(jobs: readonly LlamaCppJob[]): LlamaCppAnswer[] {
  const output = execFileSync(llamaCppPython ?? '', ['-c', script], {
    input: JSON.stringify(jobs),
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: 2 ** 28,
  })
  return JSON.parse(output.toString())
}

const tokenizeScript = `
import json, sys
import llama_cpp
answers = []
for job in json.load(sys.stdin):
    llm = llama_cpp.Llama(job["model"], vocab_only=True, verbose=False)
    pieces = [llm.tokenize(text.encode(), add_bos=True, special=True) for text in job["texts"]]
    answers.append({"ids": pieces, "bos": llm.token_bos(), "eos": llm.token_eos(), "metadata": llm.metadata})
    llm.close()
print(json.dumps(answers))`

export interface LlamaCppTokens {
  readonly ids: number[][]
  /** −1 for none. */
  readonly bos: number
  readonly eos: number
  /** Single values of the file, as text. */
  readonly metadata: Readonly<Record<string, string>>
}

/** The ids that llama.cpp gives texts by the tokenizer in a GGUF file. */
export function tokenizeWithLlamaCpp(
  jobs: readonly { readonly model: string; readonly texts: readonly string[] }[],
): LlamaCppTokens[] {
  const output = execFileSync(llamaCppPython ?? '', ['-c', tokenizeScript], {
    input: JSON.stringify(jobs),
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: 2 ** 28,
  })
  return JSON.parse(output.toString())
}
