import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { SFTTrainer, type TrainingResult } from './sft-trainer.js'

const folder = mkdtempSync(path.join(tmpdir(), 'medtune-date-'))
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

test('a run whose template writes the date goes on another day with the rows that it began with', async () => {
  const source = path.join(repositoryRoot, 'data/models/tiny')
  const template =
    "{{ strftime_now('%d %B %Y') }}{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}"
  cpSync(path.join(source, 'tokenizer.json'), path.join(folder, 'tokenizer.json'))
  const config = JSON.parse(readFileSync(path.join(source, 'tokenizer_config.json'), 'utf8'))
  writeFileSync(
    path.join(folder, 'tokenizer_config.json'),
    JSON.stringify({ ...config, chat_template: template }),
  )
  const tokenizer = await loadTokenizer(folder)
  const { vocab_size } = JSON.parse(readFileSync(path.join(source, 'config.json'), 'utf8'))
  const trainDataset = ['It did.', 'By a third.', 'It did not.', 'Nothing is known.'].map((content) => ({
    messages: [
      { role: 'user', content: 'Did pain fall?' },
      { role: 'assistant', content },
    ],
  }))
  const train = async (day: number, name: string, from?: string): Promise<TrainingResult> => {
    vi.setSystemTime(new Date(2026, 10, day))
    const model = await createCausalLM(
      { ...tinyConfig, vocab_size, max_position_embeddings: 64 },
      { seed: 5, backend: 'cpu' },
    )
    applyLora(model, { r: 2 })
    const args = { maxSteps: 4, saveSteps: 2, packing: true, maxLength: 48, learningRate: 0.01 }
    const trainer = new SFTTrainer({
      ...{ model, tokenizer, trainDataset },
      args: { ...args, warmupSteps: 0, outputDir: path.join(folder, name) },
    })
    try {
      return await trainer.train(from)
    } finally {
      model.dispose()
    }
  }
  const losses = ({ log }: TrainingResult): number[] => log.map(({ loss }) => loss)
  const whole = losses(await train(1, 'whole'))
  const another = losses(await train(22, 'another'))
  expect(another[0]).not.toBe(whole[0])
  const resumed = await train(22, 'whole', path.join(folder, 'whole/checkpoint-2'))
  expect(losses(resumed)).toEqual(whole)
})
