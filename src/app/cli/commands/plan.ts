import { defaultModelDirectory } from '../../../pipelines/default-model.js'
import { planTraining, type TrainingPlan } from '../../../pipelines/plan-training.js'
import { backendOption } from '../backend-option.js'
import { type Command, defineCommand } from '../command.js'
import { dtypeOption } from '../dtype-option.js'
import { exitCodes } from '../exit-codes.js'
import { hubProgress } from '../hub-progress.js'
import { formatDuration } from '../progress-bar.js'
import { givenLoraConfig, givenTrainingArguments, loraOptions, trainingOptions } from '../training-options.js'

export const planCommand: Command = defineCommand({
  name: 'plan',
  description:
    'Say what a training run will take, before loading any weight: memory, operations, time. Exit code 1 when it does not fit.\n' +
    'Takes the options of medtune train; rows are planned at --max-length, shorter ones take less.',
  usage: 'plan',
  options: {
    model: {
      type: 'string',
      valueName: 'MODEL',
      description: 'Folder or hub repository (default: the embedded tiny model).',
    },
    ...dtypeOption,
    loadIn4bit: { type: 'boolean', default: false, description: 'Plan for base weights in 4 bits.' },
    freeMemory: { type: 'number', valueName: 'GB', description: 'Plan for so much (default: what is free).' },
    ...trainingOptions,
    ...loraOptions,
    ...backendOption,
  },
  examples: [
    { command: 'medtune plan', does: 'The documented run on the embedded model.' },
    {
      command: 'medtune plan --model unsloth/llama-3-8b-bnb-4bit --load-in-4bit --max-length 512',
      does: 'Whether the documented base model fits; downloads its config.json only.',
    },
  ],
  async run({ values, output, signal }) {
    const { model = defaultModelDirectory, loadIn4bit, freeMemory, backend, dtype } = values
    const plan = await planTraining({
      ...{ model, backend, hub: { ...hubProgress(output), signal } },
      args: givenTrainingArguments(values),
      lora: givenLoraConfig(values),
      ...{ dtype, loadIn4bit },
      freeBytes: freeMemory === undefined ? undefined : freeMemory * 1e9,
    })
    for (const line of planLines(plan)) output.print(line)
    output.result({ ...plan })
    return plan.fits ? exitCodes.ok : exitCodes.failed
  },
})

function planLines(plan: TrainingPlan): string[] {
  const { memory, updates, tokensPerUpdate } = plan
  const parts: [string, number][] = [
    ['runtime', plan.runtimeBytes],
    ['weights', memory.weights],
    ['adapter', memory.adapter],
    ['optimizer', memory.optimizer],
    ['gradients', memory.gradients],
    ['activations', memory.activations],
    ['working', memory.working],
    ['overhead', memory.overhead],
    ['peak', plan.peakBytes],
    ['main memory', plan.mainBytes],
    ['graphics', plan.graphicsBytes],
    ['free', plan.freeBytes],
  ]
  const remedies = plan.alternatives.filter(({ fits }) => fits)
  const advice =
    remedies.length > 0
      ? remedies.map(({ change, neededBytes }) => `  ${change}: ${readable(neededBytes)}`)
      : ['  none of the settings is enough: choose a smaller model or a larger machine']
  return [
    ...parts.map(([name, bytes]) => `${name.padEnd(12)} ${readable(bytes).padStart(10)}`),
    ...plan.forms.map(
      ({ weights, weightBytes, peakBytes }) =>
        `${`in ${weights}`.padEnd(12)} ${readable(weightBytes).padStart(10)} for weights, peak ${readable(peakBytes)}`,
    ),
    `${'answering'.padEnd(12)} ${readable(plan.keyValueBytes).padStart(10)} more for keys and values of one full row`,
    `${memory.adapterParameters.toLocaleString('en')} parameters to train`,
    `${updates} updates of ${tokensPerUpdate} tokens: ${(plan.totalFlops / 1e12).toFixed(1)} TFLOP at ` +
      `${(plan.flopsPerSecond / 1e9).toFixed(0)} GFLOP/s, about ${formatDuration(plan.seconds)}`,
    ...(plan.fits ? ['It fits.'] : ['It does not fit. What would:', ...advice]),
  ]
}

function readable(bytes: number): string {
  return bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}
