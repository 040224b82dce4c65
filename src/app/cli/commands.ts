import type { Command } from './command.js'

export interface CommandEntry {
  readonly name: string
  /** One line for `medtune --help`. */
  readonly summary: string
  /** Loaded on use only: `prepare` must not wait for a tensor backend to load. */
  readonly load: () => Promise<Command>
}

/** Every command, in the order of the work. To add one: a file in `commands/` and an entry here. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'fetch-data',
    summary: 'Download PubMedQA.',
    load: async () => (await import('./commands/fetch-data.js')).fetchDataCommand,
  },
  {
    name: 'download',
    summary: 'Download a model from the hub into the cache.',
    load: async () => (await import('./commands/download.js')).downloadCommand,
  },
  {
    name: 'prepare',
    summary: 'Anonymize, validate and format a dataset for training.',
    load: async () => (await import('./commands/prepare.js')).prepareCommand,
  },
  {
    name: 'anonymize',
    summary: 'Take identifiers of persons out of a file.',
    load: async () => (await import('./commands/anonymize.js')).anonymizeCommand,
  },
  {
    name: 'setup',
    summary: 'Make the native backend ready (TensorFlow on this machine).',
    load: async () => (await import('./commands/setup.js')).setupCommand,
  },
  {
    name: 'doctor',
    summary: 'Show what medtune finds on this machine.',
    load: async () => (await import('./commands/doctor.js')).doctorCommand,
  },
  {
    name: 'notebook',
    summary: 'Open the notebook app in the browser.',
    load: async () => (await import('./commands/notebook.js')).notebookCommand,
  },
  {
    name: 'run',
    summary: 'Run a notebook from the top and save its outputs.',
    load: async () => (await import('./commands/run.js')).runCommand,
  },
  {
    name: 'export',
    summary: 'Turn a notebook into a script, Markdown or HTML.',
    load: async () => (await import('./commands/export.js')).exportCommand,
  },
  {
    name: 'kernel',
    summary: 'Make the TypeScript kernel known to Jupyter.',
    load: async () => (await import('./commands/kernel.js')).kernelCommand,
  },
  {
    name: 'plan',
    summary: 'Say what a training run will take: memory and time.',
    load: async () => (await import('./commands/plan.js')).planCommand,
  },
  {
    name: 'preview',
    summary: 'Show training rows as the model sees them: tokens, ids, loss.',
    load: async () => (await import('./commands/preview.js')).previewCommand,
  },
  {
    name: 'train',
    summary: 'Fine-tune a model on the prepared data with LoRA.',
    load: async () => (await import('./commands/train.js')).trainCommand,
  },
  {
    name: 'test',
    summary: 'Ask a fine-tuned model.',
    load: async () => (await import('./commands/test.js')).testCommand,
  },
  {
    name: 'evaluate',
    summary: 'Measure a model before and after fine-tuning.',
    load: async () => (await import('./commands/evaluate.js')).evaluateCommand,
  },
  {
    name: 'export-model',
    summary: 'Write a fine-tuned model for other tools.',
    load: async () => (await import('./commands/export-model.js')).exportModelCommand,
  },
  {
    name: 'demo',
    summary: 'The whole job on the sample data with the embedded model.',
    load: async () => (await import('./commands/demo.js')).demoCommand,
  },
  {
    name: 'dev',
    summary: 'Tasks for those who work on medtune itself.',
    load: async () => (await import('./commands/dev.js')).devCommand,
  },
]
