// Trains two updates on random weights and prints the memory it took: one side of `memory-plan.bench.ts`, in a process of
// its own. Prints one JSON line.   tsx memory-plan-run.fixture.ts DIR SETTINGS_JSON
import { applyLora } from '../lora/apply-lora.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { useBackend } from '../tensors/backend.js'
import type { MemorySettings } from './memory-plan.js'
import { SFTTrainer } from './sft-trainer.js'

const [directory = '', json = '{}'] = process.argv.slice(2)
const { lora, batchSize, length, gradientCheckpointing, weights, dtype, optim } = JSON.parse(
  json,
) as MemorySettings
await useBackend('native')
const runtimeBytes = process.memoryUsage.rss()
const model = await loadCausalLM(directory, {
  loadIn4bit: weights === 'nf4',
  ...(dtype === undefined ? {} : { dtype }),
})
applyLora(model, lora)
const trainDataset = Array.from({ length: batchSize }, (_, row) => ({
  inputIds: Array.from({ length }, (_, i) => ((row * length + i) * 7919) % model.config.vocabSize),
}))
const trainer = new SFTTrainer({
  model,
  trainDataset,
  args: {
    ...{ maxSteps: 3, warmupSteps: 0, perDeviceTrainBatchSize: batchSize, gradientAccumulationSteps: 1 },
    ...{ maxLength: length, gradientCheckpointing, ...(optim === undefined ? {} : { optim }) },
  },
})
await trainer.train()
const peakBytes = process.resourceUsage().maxRSS * 1024
process.stdout.write(`${JSON.stringify({ runtimeBytes, peakBytes })}\n`)
