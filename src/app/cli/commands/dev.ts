import { MedtuneError } from '../../../errors.js'
import { syntheticForms } from '../../../models/synthetic-checkpoint.js'
import { pretrain } from '../../../pipelines/pretrain.js'
import { useBackend } from '../../../tensors/backend.js'
import { progressCallback } from '../../../training/callbacks/progress-callback.js'
import { backendOption } from '../backend-option.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import { makeCheckpoint } from './dev-make-checkpoint.js'

const tasks = ['pretrain-tiny', 'make-checkpoint'] as const
const tinyModel = 'data/models/tiny'

export const devCommand: Command = defineCommand({
  name: 'dev',
  description:
    'Tasks for those who work on medtune itself.\n' +
    '  pretrain-tiny          Train the embedded demonstration model from nothing on PubMedQA, without its official test records.\n' +
    '  make-checkpoint SHAPE  Write a model of random weights (135M, 1B, 8B, or --model-config FILE), to test size and speed.',
  usage: 'dev pretrain-tiny | dev make-checkpoint [SHAPE]',
  maxPositionals: 2,
  options: {
    input: {
      type: 'string',
      valueName: 'FILE',
      default: 'data/pubmedqa/ori_pqal.json',
      description: 'pretrain-tiny: PubMedQA (medtune fetch-data gets it).',
    },
    outputDir: {
      type: 'string',
      valueName: 'DIR',
      description: `The model's folder (default: ${tinyModel}; make-checkpoint must be given one).`,
    },
    maxSteps: { type: 'integer', description: 'pretrain-tiny: updates; fewer for a trial.' },
    modelConfig: {
      type: 'string',
      valueName: 'FILE',
      description: 'make-checkpoint: a config.json instead of a named shape.',
    },
    form: {
      type: 'string',
      choices: syntheticForms,
      default: 'bfloat16',
      description: "make-checkpoint: how weights are stored; nf4 is bitsandbytes' layout, doubly quantized.",
    },
    seed: { type: 'integer', default: 3407, description: 'make-checkpoint: of the weights.' },
    shardGb: { type: 'number', default: 5, description: 'make-checkpoint: largest file, in GB.' },
    tokenizer: {
      type: 'string',
      valueName: 'DIR',
      default: tinyModel,
      description: 'make-checkpoint: folder whose tokenizer goes beside the weights.',
    },
    ...backendOption,
  },
  examples: [
    {
      command: 'medtune dev pretrain-tiny',
      does: 'Makes data/models/tiny again, in about 8 minutes on two cores.',
    },
    {
      command: 'medtune dev pretrain-tiny --max-steps 20 --output-dir /tmp/tiny',
      does: 'A trial of the whole way.',
    },
    {
      command: 'medtune dev make-checkpoint 8B --form nf4 --output-dir /tmp/llama-8b-nf4',
      does: 'A checkpoint of the shape of Llama 3 8B in 4 bits: 5.7 GB.',
    },
  ],
  async run({ values, positionals, output, signal }) {
    const [task, shape] = positionals
    if (task === 'make-checkpoint') {
      const { outputDir, form, seed, shardGb, modelConfig: config, tokenizer } = values
      if (outputDir === undefined) {
        throw new MedtuneError(
          'INVALID_ARGUMENT',
          '--output-dir must be given; it is not. Name a new folder.',
        )
      }
      await makeCheckpoint(
        { ...{ shape, config, form, seed, shardGb, outputDir, tokenizer, signal } },
        output,
      )
      return exitCodes.ok
    }
    if (task !== 'pretrain-tiny') {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `task must be one of ${tasks.join(', ')}; got "${task ?? ''}". See medtune dev --help.`,
      )
    }
    const { input, outputDir = tinyModel, maxSteps, backend } = values
    const { name, threads, detail } = await useBackend(backend)
    output.print(`Backend ${name}: ${detail}, ${threads} threads`)
    const bar = progressCallback((total) => output.progress({ label: 'pretrain', total }))
    const { log, step, seconds, status } = await pretrain({
      ...{ input, outputDir, signal, callbacks: [bar] },
      ...(maxSteps === undefined ? {} : { args: { maxSteps } }),
    })
    output.print(
      `${step} updates in ${Math.round(seconds)} s, loss ${log.at(-1)?.loss.toFixed(4)}: ${outputDir}`,
    )
    output.result({ outputDir, step, seconds, status, loss: log.at(-1)?.loss })
    return exitCodes.ok
  },
})
