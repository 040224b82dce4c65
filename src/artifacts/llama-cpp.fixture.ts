import { execFileSync } from 'node:child_process'
import { llamaCppPython } from '../test-data.fixture.js'

const script = `
import json, sys
import llama_cpp
job = json.load(sys.stdin)
extra = {"lora_path": job["lora"]} if job.get("lora") else {}
llm = llama_cpp.Llama(job["model"], n_ctx=256, n_threads=1, n_threads_batch=1, verbose=False, **extra)
new = []
for token in llm.generate(job["ids"], temp=0.0, top_k=1, repeat_penalty=1.0):
    new.append(token)
    if len(new) == job["count"]: break
texts = [llm.tokenize(text.encode(), add_bos=True, special=True) for text in job["texts"]]
print(json.dumps({"ids": new, "texts": texts}))`

export interface LlamaCppJob {
  readonly model: string
  readonly lora?: string
  /** The prompt. */
  readonly ids: readonly number[]
  /** Tokens to generate, greedily. */
  readonly count: number
  readonly texts: readonly string[]
}

/** What llama.cpp makes of a GGUF file: greedy ids after a prompt, and the ids of some texts. */
export function runLlamaCpp(job: LlamaCppJob): { ids: number[]; texts: number[][] } {
  const output = execFileSync(llamaCppPython ?? '', ['-c', script], {
    input: JSON.stringify(job),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return JSON.parse(output.toString())
}
