import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../datasets/datasets.fixture.js'
import { type Command, defineCommand } from './command.js'
import { kebabCase, parseOptions } from './parse-options.js'

const folder = temporaryFolder()

const command: Command = defineCommand({
  name: 'demo',
  description: 'A command for these tests.',
  usage: 'demo [FILE]',
  maxPositionals: 1,
  options: {
    modelPath: { type: 'string', description: 'Text.' },
    learningRate: { type: 'number', default: 2e-4, description: 'Number.' },
    maxSteps: { type: 'integer', description: 'Whole number.' },
    loraR: { type: 'integer', configName: 'r', description: 'With its own name on disk.' },
    loadIn4bit: { type: 'boolean', default: false, description: 'Flag.' },
    mode: {
      type: 'string',
      choices: ['examples', 'interactive'],
      default: 'examples',
      description: 'Choice.',
    },
    parameter: { type: 'string', multiple: true, short: 'p', description: 'Many.' },
  },
  examples: [],
  run: async ({ values }) => {
    // Types follow from the specs: these lines fail to compile when they do not.
    const typed: [
      string | undefined,
      number,
      number | undefined,
      boolean,
      'examples' | 'interactive',
      readonly string[],
    ] = [
      values.modelPath,
      values.learningRate,
      values.maxSteps,
      values.loadIn4bit,
      values.mode,
      values.parameter,
    ]
    return typed.length
  },
})

const defaults = {
  ...{ modelPath: undefined, learningRate: 2e-4, maxSteps: undefined, loraR: undefined },
  ...{ loadIn4bit: false, mode: 'examples', parameter: [] },
}

const valuesOf = (...args: string[]): object => parseOptions(command, args).values

test('defaults', () => {
  expect(parseOptions(command, [])).toEqual({
    values: defaults,
    positionals: [],
    help: false,
    quiet: false,
    json: false,
  })
})

test.each([
  ['modelPath', 'model-path'],
  ['loadIn4bit', 'load-in-4bit'],
  ['adamBeta1', 'adam-beta1'],
  ['loraR', 'lora-r'],
  ['perDeviceTrainBatchSize', 'per-device-train-batch-size'],
  ['bf16', 'bf16'],
])('%s is --%s', (name, option) => {
  expect(kebabCase(name)).toBe(option)
})

test.each<[string[], object]>([
  [['--model-path', 'dir'], { modelPath: 'dir' }],
  [['--model_path', 'dir'], { modelPath: 'dir' }],
  [['--model_path=a_b=c'], { modelPath: 'a_b=c' }],
  [['--learning-rate', '1e-3'], { learningRate: 1e-3 }],
  [['--learning-rate', '-1.5'], { learningRate: -1.5 }],
  [['--max-steps', '-1', '--lora_r=16'], { maxSteps: -1, loraR: 16 }],
  [['--load-in-4bit'], { loadIn4bit: true }],
  [['--load_in_4bit=true'], { loadIn4bit: true }],
  [['--load-in-4bit', '--load-in-4bit=false'], { loadIn4bit: false }],
  [['--no-load-in-4bit'], { loadIn4bit: false }],
  [['-p', 'a=1', '-p', 'b_c=-2', '--parameter', '--x=1'.slice(2)], { parameter: ['a=1', 'b_c=-2', 'x=1'] }],
  [['--mode', 'interactive'], { mode: 'interactive' }],
])('%j', (args, values) => {
  expect(valuesOf(...args)).toEqual({ ...defaults, ...values })
})

test('arguments that are not options, also behind --', () => {
  expect(parseOptions(command, ['x.ipynb', '--quiet']).positionals).toEqual(['x.ipynb'])
  expect(parseOptions(command, ['--json', '--', '--x_y']).positionals).toEqual(['--x_y'])
})

test.each<[string[], RegExp]>([
  [['--model'], /--model.*did you mean --model-path/],
  [['--nonsense', '1'], /'--nonsense'.*medtune demo --help/],
  [['--model-path'], /--model-path/],
  [['--max-steps', '1.5'], /--max-steps must be a whole number; got "1.5"/],
  [['--max-steps', ''], /whole number|a number/],
  [['--learning-rate', 'fast'], /--learning-rate must be a number; got "fast"/],
  [['--learning-rate', 'Infinity'], /must be a number/],
  [['--mode', 'other'], /--mode must be one of examples, interactive; got "other"/],
  [['a', 'b'], /at most 1/],
])('%j is an INVALID_ARGUMENT that says what to do', (args, message) => {
  expect(() => valuesOf(...args)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
  )
})

test('--help needs nothing else to be right', () => {
  expect(parseOptions(command, ['a', 'b', '-h']).help).toBe(true)
})

describe('--config', () => {
  const config = (content: unknown): string => {
    const file = path.join(folder, 'config.json')
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return file
  }

  test('its values lie under the flags and over the defaults', () => {
    const file = config({
      learning_rate: 1e-3,
      max_steps: 20,
      r: 8,
      'load-in-4bit': true,
      modelPath: 'm',
      mode: null,
    })
    expect(valuesOf('--config', file, '--max-steps', '5', '--no-load-in-4bit')).toEqual({
      ...defaults,
      ...{ learningRate: 1e-3, maxSteps: 5, loraR: 8, loadIn4bit: false, modelPath: 'm' },
    })
  })

  test('a list for an option that may be given many times', () => {
    expect(valuesOf('--config', config({ parameter: ['a', 'b'] }))).toMatchObject({ parameter: ['a', 'b'] })
    expect(valuesOf('--config', config({ parameter: 'a' }))).toMatchObject({ parameter: ['a'] })
  })

  test.each<[unknown, RegExp]>([
    [{ learning_rat: 1 }, /got "learning_rat".*Known:.*learning_rate.* r,/],
    [{ max_steps: 1.5 }, /max_steps must be a whole number; got 1.5/],
    [{ max_steps: [1] }, /max_steps must be a number/],
    [{ load_in_4bit: 'yes' }, /load_in_4bit must be true or false; got "yes"/],
    [{ mode: 'x' }, /mode must be one of/],
    [{ model_path: 5 }, /model_path must be a text/],
    [[1], /must hold one JSON object/],
    ['{"a": 1,}', /must be JSON/],
  ])('%j is an INVALID_CONFIG', (content, message) => {
    expect(() => valuesOf('--config', config(content))).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })

  test('a file that is not there', () => {
    expect(() => valuesOf('--config', path.join(folder, 'absent.json'))).toThrow(
      expect.objectContaining({ code: 'FILE_NOT_FOUND' }),
    )
  })
})
