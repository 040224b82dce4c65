import path from 'node:path'
import type { ProfileName } from '../anonymization/profiles.js'
import { findDefaultDataset } from '../datasets/default-dataset.js'
import { type FormatReport, formatDataset } from '../datasets/format-dataset.js'
import { type DatasetLayout, formattedFileName } from '../datasets/formatted-dataset.js'
import { type PreprocessReport, preprocessDataset } from '../datasets/preprocess.js'
import { requiredValidShare, type ValidationReport, validateTuningFile } from '../datasets/validation.js'
import { auditedAnonymizer, writePreparationAudit } from './preparation-audit.js'

/** The steps, in order; each reads what the one before it wrote. */
export const preparationStages = ['preprocess', 'validate', 'format'] as const
export type PreparationStage = (typeof preparationStages)[number]

export interface PrepareDatasetOptions {
  /** File in the PubMedQA schema. Default: `data/pubmedqa/ori_pqal.json`, else the sample that comes with the package. */
  readonly input?: string
  /** Default `data/prepared`. */
  readonly outputDir?: string
  /** What counts as an identifier; default `literature`. */
  readonly profile?: ProfileName
  /** Form of the training file; default `columns`. */
  readonly layout?: DatasetLayout
  /** Put the 500 official PubMedQA test records into the training file too; default false. */
  readonly includeTestSplit?: boolean
  /** Default: all. */
  readonly stages?: readonly PreparationStage[]
  /** Bytes of the stage's input. */
  readonly onProgress?: (progress: { stage: PreparationStage; doneBytes: number; totalBytes: number }) => void
  readonly signal?: AbortSignal
}

export interface PreparationReport {
  readonly input: string
  /** The sample was used because PubMedQA is not there. */
  readonly isSample: boolean
  readonly tuningFile: string
  readonly trainingFile: string
  readonly preprocess?: PreprocessReport
  readonly validation?: ValidationReport
  /** Absent also when too few records are valid: then no training file is written. */
  readonly format?: FormatReport
  /** Valid records / all records of the input, those that were left out included. */
  readonly validShare: number
  readonly isFitForTraining: boolean
}

/**
 * Raw dataset → anonymized `medical_tuning_data.json` (and what was replaced, in counts: `anonymization_audit.json`) →
 * validation → training file. Files are written atomically and
 * in constant memory; nothing is written that has fewer than 95 % valid records but the tuning file itself.
 *
 * @throws MedtuneError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_UNWRITABLE, INVALID_DATASET, INTERRUPTED
 */
export async function prepareDataset(options: PrepareDatasetOptions = {}): Promise<PreparationReport> {
  const { outputDir = 'data/prepared', layout = 'columns', stages = preparationStages, profile } = options
  const { file: input, isSample } =
    options.input === undefined ? findDefaultDataset() : { file: options.input, isSample: false }
  const tuningFile = path.join(outputDir, 'medical_tuning_data.json')
  const trainingFile = path.join(outputDir, formattedFileName(layout))
  const reading = (stage: PreparationStage): Reading => readingOptions(options, stage)
  const runs = (stage: PreparationStage): boolean => stages.includes(stage)

  const anonymizer = auditedAnonymizer(profile)
  const preprocess = runs('preprocess')
    ? await preprocessDataset({ input, output: tuningFile, anonymizer, ...reading('preprocess') })
    : undefined
  if (preprocess !== undefined) await writePreparationAudit(outputDir, anonymizer.report())
  const validation = runs('validate') ? await validateTuningFile(tuningFile, reading('validate')) : undefined
  const validShare =
    validation === undefined
      ? 1
      : validation.valid / Math.max(1, validation.total + (preprocess?.rejected ?? 0))
  const isFitForTraining = validShare >= requiredValidShare
  const format =
    runs('format') && isFitForTraining
      ? await formatDataset({
          input: tuningFile,
          output: trainingFile,
          layout,
          includeTestSplit: options.includeTestSplit ?? false,
          ...reading('format'),
        })
      : undefined
  return {
    input,
    isSample,
    tuningFile,
    trainingFile,
    ...(preprocess === undefined ? {} : { preprocess }),
    ...(validation === undefined ? {} : { validation }),
    ...(format === undefined ? {} : { format }),
    validShare,
    isFitForTraining,
  }
}

interface Reading {
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
  readonly signal?: AbortSignal
}

function readingOptions({ onProgress, signal }: PrepareDatasetOptions, stage: PreparationStage): Reading {
  return {
    ...(onProgress === undefined
      ? {}
      : { onProgress: (doneBytes, totalBytes) => onProgress({ stage, doneBytes, totalBytes }) }),
    ...(signal === undefined ? {} : { signal }),
  }
}
