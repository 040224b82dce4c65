import { defaultModelDirectory } from '../../../pipelines/default-model.js'
import { finetune } from '../../../pipelines/finetune.js'
import { useBackend } from '../../../tensors/backend.js'
import { findPromptTemplate } from '../../../tokenizers/prompt-template-file.js'
import { backendOption } from '../backend-option.js'
import { type Command, defineCommand } from '../command.js'
import { dtypeOption, precisionOption } from '../dtype-option.js'
import { exitCodes } from '../exit-codes.js'
import { fourBitOption } from '../four-bit-option.js'
import { hubProgress } from '../hub-progress.js'
import { loadProgress } from '../load-progress.js'
import { givenLoraConfig, givenTrainingArguments, loraOptions, trainingOptions } from '../training-options.js'
import { announcement, trainingBar } from '../training-report.js'

export const trainCommand: Command = defineCommand({
  name: 'train',
  description:
    'Fine-tune a model on a prepared dataset with LoRA. Writes the adapter as PEFT does, and training_log.json.\n' +
    'Ctrl-C stops after the forward pass at hand and saves what is trained by then.',
  usage: 'train',
  options: {
    model: {
      type: 'string',
      valueName: 'MODEL',
      description:
        'Base model: a folder, or a hub repository such as unsloth/llama-3-8b-bnb-4bit (default: the embedded tiny model).',
    },
    dataset: {
      type: 'string',
      valueName: 'FILE',
      default: 'data/prepared/formatted_medical_dataset.json',
      description: 'Training file that medtune prepare wrote.',
    },
    outputDir: {
      type: 'string',
      valueName: 'DIR',
      default: 'lora_model_medical',
      description: "The adapter's folder.",
    },
    ...trainingOptions,
    ...loraOptions,
    evalDataset: {
      type: 'string',
      valueName: 'FILE',
      description: 'Rows to evaluate on, instead of --eval-fraction.',
    },
    promptTemplate: {
      type: 'string',
      valueName: 'NAME|FILE',
      default: 'alpaca',
      description:
        'How instruction, input and output become a text: alpaca, chatml, or a text file with {instruction}, {input}, {output}.',
    },
    resumeFromCheckpoint: {
      type: 'string',
      valueName: 'DIR',
      description: 'Go on from a checkpoint of the same run: its folder, or latest.',
    },
    ...dtypeOption,
    ...precisionOption,
    ...fourBitOption,
    canaries: {
      type: 'integer',
      valueName: 'N',
      description:
        'Plant N made-up secrets among the rows, for medtune evaluate --canaries; their list goes beside the adapter.',
    },
    canaryRepeats: {
      type: 'integer',
      valueName: 'N',
      default: 1,
      description: 'How often each secret is planted.',
    },
    ...backendOption,
  },
  examples: [
    { command: 'medtune train', does: 'The documented run: 100 updates of 8 rows on the tiny model.' },
    {
      command:
        'medtune train --model models/llama-3.2-1b --max-steps 20 --lora-r 8 --target-modules q_proj,v_proj',
      does: 'Another model, fewer updates, a smaller adapter.',
    },
    {
      command: 'medtune train --completion-only-loss --packing --max-length 1024',
      does: 'Learns the answers only, short rows joined; medtune preview with the same options shows them.',
    },
    {
      command: 'medtune train --save-steps 10 --resume-from-checkpoint latest',
      does: 'The same command after a power cut goes on from the newest intact checkpoint.',
    },
    {
      command:
        'medtune train --eval-fraction 0.1 --eval-steps 10 --load-best-model-at-end --early-stopping-patience 3',
      does: 'Keeps the adapter with the smallest loss on rows set apart.',
    },
    {
      command: 'medtune train --config run.json --learning-rate 1e-4',
      does: 'Settings from a file ({"max_steps": 50, "r": 8}), one of them overridden.',
    },
    {
      command: 'medtune train --canaries 8 --canary-repeats 4',
      does: 'Plants secrets, to find out afterwards whether the adapter leaks what it was trained on.',
    },
  ],
  async run({ values, output, signal }) {
    const {
      model = defaultModelDirectory,
      dataset,
      evalDataset,
      outputDir,
      promptTemplate,
      resumeFromCheckpoint,
      dtype,
      matmulPrecision,
      loadIn4bit,
      canaries: count,
      canaryRepeats: repeats,
    } = values
    const { name, threads, detail } = await useBackend(values.backend)
    output.print(`Backend   ${name}: ${detail}, ${threads} threads`)
    const template = await findPromptTemplate(promptTemplate)
    const report = await finetune({
      ...{ model, dataset, outputDir, signal, hub: hubProgress(output) },
      load: { dtype, matmulPrecision, loadIn4bit, ...loadProgress(output) },
      args: givenTrainingArguments(values),
      lora: givenLoraConfig(values),
      callbacks: [announcement(output), trainingBar(output)],
      ...(evalDataset === undefined ? {} : { evalDataset }),
      template,
      canaries: count === undefined ? undefined : { count, repeats, seed: values.seed },
      ...(resumeFromCheckpoint === undefined ? {} : { resumeFromCheckpoint }),
    })
    const last = report.log.at(-1)
    output.print(
      `${report.status === 'completed' ? 'Trained' : 'Stopped'}   ${report.step} updates in ${report.seconds.toFixed(1)} s, ` +
        `loss ${report.log[0]?.loss.toFixed(4) ?? 'none'} → ${last?.loss.toFixed(4) ?? 'none'}`,
    )
    output.print(`Saved     ${report.outputDir}`)
    if (report.status === 'stopped')
      output.print('Go on     with the same command and --resume-from-checkpoint latest')
    if (report.diagnosis !== undefined) output.warn(report.diagnosis)
    output.result({ ...report, backend: name })
    return exitCodes.ok
  },
})
