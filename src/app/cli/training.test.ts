import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../datasets/datasets.fixture.js'
import { sampleDatasetFile } from '../../datasets/default-dataset.js'
import { prepareDataset } from '../../pipelines/prepare-dataset.js'
import { repositoryRoot } from '../../test-data.fixture.js'
import { defaultTrainingArguments } from '../../training/training-arguments.js'
import { givenLoraConfig, givenTrainingArguments, trainingOptions } from './training-options.js'

const root = temporaryFolder()
const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
let folder: string
let dataset: string

beforeAll(async () => {
  folder = mkdtempSync(path.join(root, 'train-'))
  dataset = (await prepareDataset({ input: sampleDatasetFile, outputDir: folder })).trainingFile
})

function medtune(args: string[], input = ''): { code: number | null; stdout: string; stderr: string } {
  const run = spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: 'utf8', input })
  return { code: run.status, stdout: run.stdout, stderr: run.stderr }
}

function lastJson(text: string): Record<string, unknown> {
  return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')
}

/** A short run: one row of few tokens per update. */
const short = [
  '--max-steps',
  '3',
  '--per-device-train-batch-size',
  '1',
  '--gradient-accumulation-steps',
  '1',
  '--max-length',
  '48',
]

describe('train', () => {
  test('trains with options from flags over a config file, saves an adapter, prints one JSON object', () => {
    const config = path.join(folder, 'run.json')
    writeFileSync(
      config,
      JSON.stringify({ learning_rate: 1e-3, r: 4, lora_alpha: 8, target_modules: ['q_proj'], max_steps: 9 }),
    )
    const { code, stdout, stderr } = medtune([
      ...[
        'train',
        '--config',
        config,
        '--dataset',
        dataset,
        '--output_dir',
        'adapter',
        '--json',
        '--warmup-ratio',
        '0.5',
      ],
      ...short,
    ])
    expect(code, stderr).toBe(0)
    expect(lastJson(stdout)).toMatchObject({
      status: 'completed',
      step: 3,
      outputDir: path.join(folder, 'adapter'),
    })
    expect((lastJson(stdout).log as { learningRate: number }[]).map((entry) => entry.learningRate)).toEqual([
      0, 5e-4, 1e-3,
    ])
    const log = JSON.parse(readFileSync(path.join(folder, 'adapter/training_log.json'), 'utf8'))
    expect(log).toMatchObject({
      training_arguments: { learning_rate: 1e-3, max_steps: 3 },
      lora: { r: 4, target_modules: ['q_proj'] },
    })
    for (const name of ['adapter_config.json', 'adapter_model.safetensors', 'tokenizer.json', 'README.md']) {
      expect(existsSync(path.join(folder, 'adapter', name)), name).toBe(true)
    }
    expect(stderr).toMatch(/52 of 52 rows are longer than 48 tokens/)
  })

  test('Ctrl-C stops after the forward pass at hand, saves, and exits with 130', async () => {
    const args = [
      'train',
      '--dataset',
      dataset,
      '--output-dir',
      'stopped',
      ...short,
      '--max-steps',
      '100000',
      '--save-steps',
      '1',
    ]
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const exit = once(child, 'exit')
    while (!existsSync(path.join(folder, 'stopped/checkpoint-2')) && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    child.kill('SIGINT')
    expect((await exit)[0]).toBe(130)
    const log = JSON.parse(readFileSync(path.join(folder, 'stopped/training_log.json'), 'utf8'))
    expect(log.status).toBe('stopped')
    expect(log.steps).toBeGreaterThanOrEqual(2)
    expect(existsSync(path.join(folder, 'stopped/adapter_model.safetensors'))).toBe(true)
  })

  test.each([
    [
      ['--dataset', 'nowhere.json'],
      3,
      /FILE_NOT_FOUND: dataset not found: nowhere.json.*medtune prepare --all/,
    ],
    [['--model', 'nowhere'], 3, /MODEL_NOT_FOUND: nowhere must be the folder of a model/],
    [['--max-steps', '0'], 2, /INVALID_ARGUMENT: maxSteps must be an integer ≥ 1, or −1; got 0/],
    [['--target-modules', 'q_proj,fc1'], 2, /INVALID_ARGUMENT: targetModules .*got fc1/],
    [['--rank-pattern', 'q_proj'], 2, /INVALID_ARGUMENT: --rank-pattern must be MODULE=NUMBER/],
    [['--resume-from-checkpoint', 'nowhere'], 3, /FILE_NOT_FOUND: checkpoint not found: nowhere/],
  ])('%o is an error with its remedy', (args, exitCode, message) => {
    const { code, stderr } = medtune(['train', '--dataset', dataset, '--output-dir', 'none', ...args])
    expect(stderr).toMatch(message)
    expect(code).toBe(exitCode)
  })
})

describe('test', () => {
  test('answers the three examples and own questions with the trained adapter', () => {
    expect(medtune(['train', '--dataset', dataset, '--output-dir', 'answers', ...short]).code).toBe(0)
    const asked = medtune([
      'test',
      '--model_path',
      'answers',
      '--mode',
      'examples',
      '--max-new-tokens',
      '4',
      '--greedy',
      '--json',
    ])
    expect(asked.code, asked.stderr).toBe(0)
    expect(lastJson(asked.stdout).answers).toHaveLength(3)
    const own = medtune(
      ['test', '--model-path', 'answers', '--mode', 'interactive', '--max-new-tokens', '4'],
      'Pain fell.\nDid pain fall?\n\n\n',
    )
    expect(own.code, own.stderr).toBe(0)
    expect(own.stdout).toContain('Question: Did pain fall?\nAnswer: ')
  })

  test('says what is missing', () => {
    const { code, stderr } = medtune(['test', '--model-path', 'nowhere'])
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/MODEL_NOT_FOUND: nowhere must hold a trained adapter.*medtune train/),
    ])
  })
})

test('demo does the whole job', () => {
  const { code, stdout, stderr } = medtune(['demo', '--max-steps', '2', '--output-dir', 'demo'])
  expect(code, stderr).toBe(0)
  for (const part of ['1. Prepare', '2. Fine-tune', 'updates 1–1', '3. Ask', 'Answer', 'Done in'])
    expect(stdout).toContain(part)
  expect(existsSync(path.join(folder, 'demo/lora_model_medical/adapter_model.safetensors'))).toBe(true)
})

test('dev pretrain-tiny makes a model that loads', () => {
  const args = [
    'dev',
    'pretrain-tiny',
    '--input',
    sampleDatasetFile,
    '--output-dir',
    'tiny',
    '--max-steps',
    '2',
  ]
  const { code, stderr } = medtune(args)
  expect(code, stderr).toBe(0)
  const record = JSON.parse(readFileSync(path.join(folder, 'tiny/training.json'), 'utf8'))
  expect(record).toMatchObject({
    updates: 2,
    corpus: { documents: 49, held_out_documents: 3, sha256: expect.stringMatching(/^[\da-f]{64}$/) },
  })
  expect(medtune(['test', '--model-path', 'tiny', '--max-new-tokens', '2']).code).toBe(0)
  expect(medtune(['dev', 'nothing']).code).toBe(2)
})

test('there is an option for every training argument', () => {
  const names = Object.keys(defaultTrainingArguments).filter((name) => name !== 'outputDir')
  expect(Object.keys(trainingOptions).sort()).toEqual(names.sort())
  const none = Object.fromEntries(names.map((name) => [name, undefined]))
  expect(givenTrainingArguments({ ...none, maxSteps: 3, shuffle: false } as never)).toEqual({
    maxSteps: 3,
    shuffle: false,
  })
})

test.each([
  [
    ['q_proj, v_proj', 'down_proj'],
    ['q_proj', 'v_proj', 'down_proj'],
  ],
  [['all-linear'], 'all-linear'],
  [['.*layers\\.[01].*'], '.*layers\\.[01].*'],
  [[], undefined],
])('--target-modules %o means %o', (targetModules, expected) => {
  const layers = { layersToTransform: ['0,2'], layersPattern: [] }
  const lists = {
    targetModules,
    rankPattern: ['q_proj=8'],
    alphaPattern: [],
    modulesToSave: ['lm_head, norm'],
    ...layers,
  }
  const config = givenLoraConfig({
    loraR: undefined,
    loraAlpha: 3,
    loraDropout: undefined,
    loraBias: undefined,
    useRslora: undefined,
    ...lists,
  })
  expect(config.targetModules).toEqual(expected)
  expect(config).toMatchObject({ loraAlpha: 3, rankPattern: { q_proj: 8 }, layersToTransform: [0, 2] })
  expect(config.modulesToSave).toEqual(['lm_head', 'norm'])
  expect('r' in config || 'alphaPattern' in config).toBe(false)
})
