import { profileNames } from '../../../anonymization/profiles.js'
import { datasetLayouts } from '../../../datasets/formatted-dataset.js'
import {
  type PreparationReport,
  type PreparationStage,
  preparationStages,
  prepareDataset,
} from '../../../pipelines/prepare-dataset.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import type { Output } from '../output.js'
import type { Progress } from '../progress-bar.js'

export const prepareCommand: Command = defineCommand({
  name: 'prepare',
  description:
    'Anonymize a dataset in the PubMedQA schema, validate it and format it for training.\n' +
    'Writes medical_tuning_data.json and formatted_medical_dataset.json; exits with 1 when fewer than 95 % of the records are valid.',
  usage: 'prepare',
  options: {
    all: { type: 'boolean', description: 'All three steps (also when no step is named).' },
    preprocess: { type: 'boolean', description: 'Anonymize and write medical_tuning_data.json.' },
    validate: { type: 'boolean', description: 'Check medical_tuning_data.json and print its figures.' },
    format: { type: 'boolean', description: 'Make the training file from medical_tuning_data.json.' },
    input: {
      type: 'string',
      valueName: 'FILE',
      description: 'Dataset (default: data/pubmedqa/ori_pqal.json, else the sample of the package).',
    },
    outputDir: {
      type: 'string',
      valueName: 'DIR',
      default: 'data/prepared',
      description: 'Where the files go.',
    },
    profile: {
      type: 'string',
      valueName: 'NAME',
      choices: profileNames,
      default: 'literature',
      description: 'What counts as an identifier.',
    },
    layout: {
      type: 'string',
      valueName: 'NAME',
      choices: datasetLayouts,
      default: 'columns',
      description: 'Form of the training file.',
    },
    includeTestSplit: {
      type: 'boolean',
      default: false,
      description: 'Train on the official PubMedQA test records too; no PubMedQA score can be reported then.',
    },
  },
  examples: [
    {
      command: 'medtune prepare --all',
      does: 'PubMedQA, or the sample where it was not fetched, into data/prepared.',
    },
    {
      command: 'medtune prepare --input records.json --output-dir out --profile clinical',
      does: 'Own records, with names, places and every labelled number taken out.',
    },
    {
      command: 'medtune prepare --format --layout messages',
      does: 'Another training file from what is prepared.',
    },
    { command: 'medtune prepare --validate --json', does: 'Figures of the prepared data for a script.' },
  ],
  async run({ values, output, signal }) {
    const named = preparationStages.filter((stage) => values[stage])
    const stages = values.all || named.length === 0 ? preparationStages : named
    const { input, outputDir, profile, layout, includeTestSplit } = values
    const bar = stageBar(output)
    try {
      const report = await prepareDataset({
        ...(input === undefined ? {} : { input }),
        ...{ outputDir, profile, layout, includeTestSplit, stages, signal },
        onProgress: bar.update,
      })
      bar.finish()
      for (const line of describePreparation(report, includeTestSplit)) output.print(line)
      output.result({ profile, layout, ...report })
      return report.isFitForTraining ? exitCodes.ok : exitCodes.failed
    } finally {
      bar.finish()
    }
  },
})

type StageUpdate = { stage: PreparationStage; doneBytes: number; totalBytes: number }

/** One bar after the other. */
function stageBar(output: Output): { update: (update: StageUpdate) => void; finish: () => void } {
  let stage: PreparationStage | undefined
  let progress: Progress | undefined
  return {
    update(update) {
      if (update.stage !== stage) {
        progress?.finish()
        stage = update.stage
        progress = output.progress({ label: stage.padEnd(10), total: update.totalBytes, unit: 'bytes' })
      }
      progress?.update(update.doneBytes)
    },
    finish() {
      progress?.finish()
    },
  }
}

/** The report in lines; ids, field names and figures only. */
function describePreparation(report: PreparationReport, includeTestSplit: boolean): string[] {
  const { preprocess, validation, format, isFitForTraining } = report
  const lines: string[] = []
  if (preprocess !== undefined) {
    const { total, written, rejected, firstProblems, problemCount, redactions } = preprocess
    if (report.isSample)
      lines.push('PubMedQA is not there (medtune fetch-data gets it): the authored sample is used.')
    lines.push(`Dataset     ${report.input}: ${total} records, ${rejected} left out`)
    for (const { id, field, rule } of firstProblems) lines.push(`  record ${id}: ${field} ${rule}`)
    if (problemCount > firstProblems.length)
      lines.push(`  … ${problemCount - firstProblems.length} more problems`)
    const kinds = Object.entries(redactions).map(([entity, count]) => `${entity} ${count}`)
    lines.push(`Anonymized  ${kinds.length === 0 ? 'no identifier found' : kinds.join(', ')}`)
    lines.push(`Written     ${report.tuningFile}: ${written} records`)
  }
  if (validation !== undefined) lines.push(...describeValidation(validation, report.validShare))
  if (format !== undefined) {
    const keptOut = `${format.testRecordsKeptOut} official PubMedQA test records kept out (--include-test-split adds them)`
    lines.push(`Written     ${report.trainingFile}: ${format.examples} training examples`)
    lines.push(
      `Test split  ${includeTestSplit ? 'included: no PubMedQA score can be reported from this data' : keptOut}`,
    )
    if (format.skipped > 0) lines.push(`Skipped     ${format.skipped} entries without the documented form`)
  }
  if (!isFitForTraining)
    lines.push(
      'Fewer than 95 % of the records are valid: no training file is written. See the problems above.',
    )
  return lines
}

function describeValidation(
  validation: NonNullable<PreparationReport['validation']>,
  validShare: number,
): string[] {
  const { total, valid, withId, withInput, withContext, withQuestion, withAnswer, length } = validation
  const percent = (Math.floor(validShare * 10_000) / 100).toFixed(2)
  return [
    `Validation  ${valid} of ${total} entries valid; ${percent} % of all records`,
    `  with id ${withId}, input ${withInput}, context ${withContext}, question ${withQuestion}, answer ${withAnswer}`,
    `  length of input: min ${length.min}, mean ${length.mean.toFixed(1)}, max ${length.max} characters`,
    `  duplicate ids ${validation.duplicateIds}, empty inputs ${validation.emptyInputs}, errors ${validation.errorCount}`,
    ...validation.firstErrors.map(
      ({ position, id, field, rule }) =>
        `  entry ${position}${id === undefined ? '' : ` (${id})`}: ${field} ${rule}`,
    ),
  ]
}
