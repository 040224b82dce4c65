import { MedtuneError } from '../../../errors.js'
import { pretrain } from '../../../pipelines/pretrain.js'
import { useBackend } from '../../../tensors/backend.js'
import { progressCallback } from '../../../training/callbacks/progress-callback.js'
import { backendOption } from '../backend-option.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'

const tasks = ['pretrain-tiny'] as const

export const devCommand: Command = defineCommand({
  name: 'dev',
  description:
    'Tasks for those who work on medtune itself.\n' +
    '  pretrain-tiny  Train the embedded demonstration model from nothing on PubMedQA, without its official test records.',
  usage: 'dev pretrain-tiny',
  maxPositionals: 1,
  options: {
    input: {
      type: 'string',
      valueName: 'FILE',
      default: 'data/pubmedqa/ori_pqal.json',
      description: 'PubMedQA (medtune fetch-data gets it).',
    },
    outputDir: {
      type: 'string',
      valueName: 'DIR',
      default: 'data/models/tiny',
      description: "The model's folder.",
    },
    maxSteps: { type: 'integer', description: 'Updates; fewer for a trial.' },
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
  ],
  async run({ values, positionals, output, signal }) {
    const [task] = positionals
    if (!tasks.some((known) => known === task)) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `task must be one of ${tasks.join(', ')}; got "${task ?? ''}". See medtune dev --help.`,
      )
    }
    const { input, outputDir, maxSteps, backend } = values
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
