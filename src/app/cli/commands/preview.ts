import { defaultModelDirectory } from '../../../pipelines/default-model.js'
import { previewTraining } from '../../../pipelines/preview-training.js'
import { promptTemplates } from '../../../tokenizers/prompt-template.js'
import { findPromptTemplate } from '../../../tokenizers/prompt-template-file.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import { hubProgress } from '../hub-progress.js'
import { previewLines } from '../preview-lines.js'
import { trainingOptions } from '../training-options.js'

export const previewCommand: Command = defineCommand({
  name: 'preview',
  description:
    'Show the first rows of a training file as the model will see them: tokens, ids, and which of them carry loss.\n' +
    'Takes the options of medtune train that decide it. Tokens with loss are coloured, or marked with ^ where colour is off.',
  usage: 'preview',
  options: {
    model: {
      type: 'string',
      valueName: 'MODEL',
      description: 'Folder or hub repository (default: the embedded tiny model).',
    },
    dataset: {
      type: 'string',
      valueName: 'FILE',
      default: 'data/prepared/formatted_medical_dataset.json',
      description: 'Training file that medtune prepare wrote.',
    },
    promptTemplate: {
      type: 'string',
      valueName: 'NAME|FILE',
      default: 'alpaca',
      description: `How an example becomes a text: ${Object.keys(promptTemplates).join(', ')}, or a text file with {instruction}, {input}, {output}.`,
    },
    rows: { type: 'integer', default: 3, description: 'How many rows.' },
    allTokens: {
      type: 'boolean',
      default: false,
      description: 'Also the tokens far from where the loss starts or ends.',
    },
    maxLength: trainingOptions.maxLength,
    completionOnlyLoss: trainingOptions.completionOnlyLoss,
    assistantOnlyLoss: trainingOptions.assistantOnlyLoss,
    appendEos: trainingOptions.appendEos,
    packing: trainingOptions.packing,
  },
  examples: [
    { command: 'medtune preview', does: 'Three rows of the prepared data for the tiny model.' },
    {
      command: 'medtune preview --completion-only-loss --rows 1 --all-tokens',
      does: 'One row in full; only its answer carries loss.',
    },
    {
      command: 'medtune preview --model models/llama-3.2-1b --prompt-template my-template.txt',
      does: 'Another model and a template of your own.',
    },
  ],
  async run({ values, output, signal }) {
    const { model = defaultModelDirectory, dataset, rows, allTokens, promptTemplate } = values
    const { maxLength, completionOnlyLoss, assistantOnlyLoss, appendEos, packing } = values
    const given = Object.entries({ maxLength, completionOnlyLoss, assistantOnlyLoss, appendEos, packing })
    const preview = await previewTraining({
      ...{ model, dataset, rows, signal, hub: hubProgress(output) },
      template: await findPromptTemplate(promptTemplate),
      args: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    })
    const { columns } = process.stdout
    const colour = process.stdout.hasColors?.() ?? Number(process.env.FORCE_COLOR ?? 0) > 0
    for (const line of previewLines(preview, { columns, colour, allTokens })) output.print(line)
    output.result({ ...preview })
    return exitCodes.ok
  },
})
