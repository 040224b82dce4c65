// The public API: explicit named exports, grouped by folder, nothing else.

// anonymization
export {
  type AnonymizationResult,
  Anonymizer,
  type AnonymizerOptions,
  type PhiSpan,
} from './anonymization/anonymizer.js'
export { Audit, type AuditReport } from './anonymization/audit.js'
export { type ProfileName, profileNames } from './anonymization/profiles.js'
export type { PhiEntity } from './anonymization/recognizers/index.js'
export { createStrategy, type StrategyName, strategyNames } from './anonymization/strategies/index.js'
export type { PhiValue, Strategy, StrategyOptions } from './anonymization/strategies/strategy.js'
export type { UserPattern } from './anonymization/user-pattern.js'

// artifacts
export { type ExportGgufOptions, exportGguf, type GgufReport } from './artifacts/export-gguf.js'
export { type ExportGgufAdapterOptions, exportGgufAdapter } from './artifacts/export-gguf-adapter.js'
export { type ExportOllamaOptions, exportOllama } from './artifacts/export-ollama.js'
export { type ExportPeftOptions, exportPeft } from './artifacts/export-peft.js'
export { type MergeOptions, type MergeReport, mergeToSafetensors } from './artifacts/merge-to-safetensors.js'

// datasets
export {
  type AnonymizedArticle,
  anonymizeArticle,
  type TextAnonymizer,
} from './datasets/anonymized-article.js'
export { findDefaultDataset, sampleDatasetFile } from './datasets/default-dataset.js'
export { type FetchOptions, type FetchReport, fetchPubMedQa } from './datasets/fetch-pubmedqa.js'
export { type FormatOptions, type FormatReport, formatDataset } from './datasets/format-dataset.js'
export {
  type DatasetLayout,
  datasetLayouts,
  type ExampleSource,
  writeFormattedDataset,
} from './datasets/formatted-dataset.js'
export {
  formatQuestion,
  type InstructionExample,
  toInstructionExample,
} from './datasets/instruction-example.js'
export { loadFormattedDataset } from './datasets/load-formatted-dataset.js'
export { type PreprocessOptions, type PreprocessReport, preprocessDataset } from './datasets/preprocess.js'
export type { Decision, PubMedQaArticle, RecordProblem } from './datasets/pubmedqa-article.js'
export { pubmedQaTestIds } from './datasets/pubmedqa-test-ids.js'
export type { ReadOptions } from './datasets/read-chunks.js'
export { type ArticleResult, loadPubMedQa, readPubMedQa } from './datasets/read-pubmedqa.js'
export { readTuningEntries, writeTuningFile } from './datasets/tuning-file.js'
export {
  formatTuningInput,
  medicalInstruction,
  parseTuningInput,
  type TuningFields,
  type TuningRecord,
  toTuningRecord,
} from './datasets/tuning-record.js'
export {
  requiredValidShare,
  type ValidationError,
  type ValidationReport,
  validateTuningEntries,
  validateTuningFile,
} from './datasets/validation.js'
export { MedtuneError, type MedtuneErrorCode } from './errors.js'

// evaluation
export { type Canary, type CanaryList, type CanaryOptions, plantCanaries } from './evaluation/canaries.js'
export { readCanaryFile, writeCanaryFile } from './evaluation/canary-file.js'
export {
  bootstrapInterval,
  type ClassificationScores,
  classificationScores,
  decisions,
  type JudgedAnswer,
  kappa,
  majorityScores,
} from './evaluation/classification.js'
export {
  type EvaluationOptions,
  judgePubMedQa,
  type PubMedQaAnswer,
} from './evaluation/judge-pubmedqa.js'
export {
  describeMemorization,
  type Exposure,
  type MemorizationReport,
  type MemorizationVerdict,
  memorization,
} from './evaluation/memorization.js'
export { type Perplexity, perplexity } from './evaluation/perplexity.js'
export { type PubMedQaSetting, pubMedQaPrompt } from './evaluation/pubmedqa-prompt.js'
export {
  describeVerdict,
  type PubMedQaScores,
  pubMedQaScores,
  rightAnswerProbabilities,
  type Verdict,
} from './evaluation/pubmedqa-scores.js'
export { scoreChoices } from './evaluation/score-choices.js'

// generation
export { endTokenIds } from './generation/end-tokens.js'
export { type GenerateOptions, generate, type TokenStreamer } from './generation/generate.js'
export type { GenerationConfig, GenerationOptions } from './generation/generation-config.js'
export { type OnText, TextStreamer } from './generation/text-streamer.js'

// hub
export type { DownloadProgress } from './hub/hub-session.js'
export type { HubSettings } from './hub/hub-settings.js'
export type { ModelParts } from './hub/model-files.js'
export { type ResolveModelOptions, resolveModelFolder } from './hub/resolve-model-folder.js'

// lora
export { type ApplyLoraOptions, applyLora } from './lora/apply-lora.js'
export { type LoadAdapterOptions, loadAdapter } from './lora/load-adapter.js'
export { adapterOf, type LoraAdapter } from './lora/lora-adapter.js'
export { defaultLoraConfig, type LoraConfig } from './lora/lora-config.js'
export type { LoraLinear } from './lora/lora-linear.js'
export { mergeLora, removeLora } from './lora/merge-lora.js'
export { type SaveAdapterOptions, saveAdapter } from './lora/save-adapter.js'

// models
export type { CausalLM, LayerAttention, TokenBatch } from './models/causal-lm.js'
export { type CreateOptions, createCausalLM } from './models/create-causal-lm.js'
export type { KVCache } from './models/kv-cache.js'
export { type LoadOptions, loadCausalLM } from './models/load-causal-lm.js'
export type { ModelConfig } from './models/model-config.js'
export { type SaveOptions, saveCausalLM } from './models/save-causal-lm.js'
export type { MatmulPrecision, WeightDtypeOption } from './models/weight-dtype.js'

// notebook
export { clearOutput, type DisplayHandle, display, newDisplay } from './notebook/display.js'
export { exportHtml } from './notebook/export-html.js'
export { exportMarkdown, type MarkdownExport } from './notebook/export-markdown.js'
export { exportScript, type ScriptOptions } from './notebook/export-script.js'
export { interruptSignal } from './notebook/interrupt-signal.js'
export {
  type ExecuteOptions,
  type ExecuteReply,
  KernelClient,
  type KernelClientOptions,
} from './notebook/kernel-client.js'
export type { KernelComm, KernelComms, KernelHost } from './notebook/kernel-host.js'
export { kernelHost } from './notebook/kernel-host.js'
export { findKernelSpec, type KernelSpec, listKernelSpecs } from './notebook/kernel-spec.js'
export type {
  Cell,
  CodeCell,
  MarkdownCell,
  MimeBundle,
  Notebook,
  Output,
  RawCell,
} from './notebook/nbformat.js'
export { readNotebook, writeNotebook } from './notebook/notebook-file.js'
export { NotebookRunner, type RunOptions, type RunReport } from './notebook/notebook-runner.js'
export { parseNotebook } from './notebook/parse-notebook.js'
export { readInput } from './notebook/read-input.js'
export { serializeNotebook } from './notebook/serialize-notebook.js'
export type { KernelMessage } from './notebook/wire-protocol.js'

// pipelines
export {
  type Answer,
  type AnswerOptions,
  answerGeneration,
  answerQuestion,
  type Question,
} from './pipelines/answer-question.js'
export { defaultModelDirectory } from './pipelines/default-model.js'
export {
  type EvaluateOptions,
  type EvaluationReport,
  evaluate,
  type ModelEvaluation,
} from './pipelines/evaluate.js'
export type { EvaluationProtocol } from './pipelines/evaluation-records.js'
export { exampleQuestions } from './pipelines/example-questions.js'
export { type FinetuneOptions, type FinetuneReport, finetune } from './pipelines/finetune.js'
export { type LoadTrainedOptions, loadTrainedModel } from './pipelines/load-trained-model.js'
export { updateModelCard } from './pipelines/model-card.js'
export {
  type PlanAlternative,
  type PlanForm,
  type PlanTrainingOptions,
  planTraining,
  type TrainingPlan,
} from './pipelines/plan-training.js'
export {
  type PreparationReport,
  type PreparationStage,
  type PrepareDatasetOptions,
  preparationStages,
  prepareDataset,
} from './pipelines/prepare-dataset.js'

// plots
export {
  type AttentionHeatmapOptions,
  type AttentionWeights,
  attentionHeatmap,
} from './plots/attention-heatmap.js'
export { type ConfusionMatrixOptions, confusionMatrix } from './plots/confusion-matrix.js'
export { type DecisionBarsOptions, decisionBars } from './plots/decision-bars.js'
export { type Figure, type FigureBundle, figureBundle } from './plots/figure.js'
export { type LengthHistogramOptions, lengthHistogram } from './plots/length-histogram.js'
export {
  type LikelihoodHistogramOptions,
  type LikelihoodSeries,
  likelihoodHistogram,
} from './plots/likelihood-histogram.js'
export { type LossCurveOptions, type LossPoint, lossCurve } from './plots/loss-curve.js'
export { type HighlightSpan, type HtmlBundle, phiCounts, phiHighlight } from './plots/phi-highlight.js'
export { type ScoreBar, type ScoreBarsOptions, scoreBars } from './plots/score-bars.js'

// tensors
export { type ActiveBackend, type BackendName, useBackend } from './tensors/backend.js'
export type { FloatStorageDtype, StorageDtype } from './tensors/dtype.js'
export { openSafetensors, type SafetensorsFile } from './tensors/safetensors.js'
export { openCheckpoint } from './tensors/safetensors-checkpoint.js'
export { type SafetensorsEntry, type TensorData, writeSafetensors } from './tensors/safetensors-writer.js'

// tokenizers
export {
  type ByteLevelBpeOptions,
  type TrainedTokenizer,
  trainByteLevelBpe,
} from './tokenizers/byte-level-bpe-trainer.js'
export type {
  ChatMessage,
  ChatTemplate,
  ChatTemplateOptions,
  RenderedChat,
} from './tokenizers/chat-template.js'
export type { DecodeStream } from './tokenizers/decode-stream.js'
export { type EncodedChat, encodeChat, encodeChatWithMask } from './tokenizers/encode-chat.js'
export { encodePrompt } from './tokenizers/encode-prompt.js'
export { loadTokenizer } from './tokenizers/load-tokenizer.js'
export {
  chatMlTemplate,
  medicalAlpacaTemplate,
  type PromptCompletion,
  type PromptFields,
  type PromptTemplate,
  promptTemplates,
} from './tokenizers/prompt-template.js'
export { findPromptTemplate, parsePromptTemplate } from './tokenizers/prompt-template-file.js'
export type { DecodeOptions, EncodeOptions, Tokenizer } from './tokenizers/tokenizer.js'

// training
export { type ProgressBar, progressCallback } from './training/callbacks/progress-callback.js'
export type { TrainingCallback, TrainingState } from './training/callbacks/training-callback.js'
export type { MemoryPlan, WeightForm } from './training/memory-plan.js'
export type { OptimizerName } from './training/optimizers/create-optimizer.js'
export type { LrSchedulerType } from './training/schedulers/learning-rate-schedule.js'
export { SFTTrainer, type SFTTrainerOptions, type TrainingResult } from './training/sft-trainer.js'
export { defaultTrainingArguments, type TrainingArguments } from './training/training-arguments.js'
export { diagnoseLoss, type EvaluationLogEntry, type TrainingLogEntry } from './training/training-log.js'
export type { TrainingRow } from './training/training-row.js'
