import { MedtuneError } from '../../../errors.js'
import { setUpNative } from '../../../tensors/native/set-up-native.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import type { Progress } from '../progress-bar.js'

export const setupCommand: Command = defineCommand({
  name: 'setup',
  description:
    'Make the native backend ready: find or download TensorFlow and compile the binding to it, once per machine.\n' +
    'A download (about 250 MB, from PyPI or PIP_INDEX_URL) that broke off goes on where it stopped.',
  usage: 'setup --cpu|--gpu',
  options: {
    cpu: { type: 'boolean', default: false, description: 'Set up TensorFlow on the CPU.' },
    gpu: {
      type: 'boolean',
      default: false,
      description:
        'Set up TensorFlow on an NVIDIA card; of CUDA, only the driver must be there (3 GB from PyPI).',
    },
    from: {
      type: 'string',
      valueName: 'DIR|WHEEL',
      description:
        'Look here only: a tensorflow package, a site-packages folder, a virtual environment, a wheel or a libtensorflow archive.',
    },
    python: { type: 'string', valueName: 'PATH', description: 'Ask this Python interpreter only.' },
    tensorflow: {
      type: 'string',
      valueName: 'X.Y',
      description: 'Use this version only; downloaded where the machine lacks it.',
    },
    dryRun: { type: 'boolean', default: false, description: 'Find everything, build nothing.' },
    force: { type: 'boolean', default: false, description: 'Build again even when the cache has it.' },
  },
  examples: [
    {
      command: 'medtune setup --cpu',
      does: 'Uses the TensorFlow of MEDTUNE_PYTHON, the active environment or python3; downloads it where there is none.',
    },
    {
      command: 'medtune setup --cpu --dry-run',
      does: 'Shows what would be downloaded and built, and where.',
    },
    {
      command: 'medtune setup --gpu',
      does: 'Downloads TensorFlow with CUDA and the CUDA libraries the machine lacks, for --backend cuda.',
    },
  ],
  async run({ values, output, signal }) {
    if (values.cpu === values.gpu) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `setup must be told one thing to set up; got ${values.cpu ? 'both' : 'nothing'}. Run: medtune setup --cpu, or medtune setup --gpu`,
      )
    }
    const { from, python, tensorflow: version, dryRun, force } = values
    let progress: Progress | undefined
    let label: string | undefined
    const result = await setUpNative({
      ...(from === undefined ? {} : { from }),
      ...(python === undefined ? {} : { python }),
      ...(version === undefined ? {} : { version }),
      ...{ dryRun, force, signal, device: values.gpu ? 'gpu' : 'cpu' },
      onStage: (line) => {
        progress?.finish()
        output.print(line)
      },
      onProgress: (what, doneBytes, totalBytes) => {
        if (what !== label) progress?.finish()
        if (what !== label || progress === undefined) {
          progress = output.progress({ label: what, total: totalBytes, unit: 'bytes' })
          label = what
        }
        progress.update(doneBytes)
      },
    }).finally(() => progress?.finish())
    const { tensorflow, folder, outcome, verification } = result
    if (verification !== undefined) {
      const what = outcome === 'built' ? 'built' : 'already set up'
      output.print(`${what}: ${folder} (1024² product at ${verification.gflops} GFLOP/s)`)
      output.print(
        `The backend is ready: --backend ${values.gpu ? 'cuda' : 'native'}, and the default from now on.`,
      )
    }
    output.result({ outcome, folder, tensorflow, verification: verification ?? null })
    return exitCodes.ok
  },
})
