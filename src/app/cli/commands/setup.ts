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
  usage: 'setup --cpu',
  options: {
    cpu: { type: 'boolean', default: false, description: 'Set up TensorFlow on the CPU.' },
    from: {
      type: 'string',
      valueName: 'DIR|WHEEL',
      description:
        'Look here only: a tensorflow package, a site-packages folder, a virtual environment or a wheel.',
    },
    python: { type: 'string', valueName: 'PATH', description: 'Ask this Python interpreter only.' },
    tensorflow: {
      type: 'string',
      valueName: 'X.Y.Z',
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
  ],
  async run({ values, output, signal }) {
    if (!values.cpu) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        'setup must be told what to set up; got nothing. Run: medtune setup --cpu',
      )
    }
    const { from, python, tensorflow: version, dryRun, force } = values
    let progress: Progress | undefined
    const result = await setUpNative({
      ...(from === undefined ? {} : { from }),
      ...(python === undefined ? {} : { python }),
      ...(version === undefined ? {} : { version }),
      ...{ dryRun, force, signal },
      onStage: (line) => {
        progress?.finish()
        output.print(line)
      },
      onProgress: (doneBytes, totalBytes) => {
        progress ??= output.progress({ label: 'TensorFlow', total: totalBytes, unit: 'bytes' })
        progress.update(doneBytes)
      },
    }).finally(() => progress?.finish())
    const { tensorflow, folder, outcome, verification } = result
    if (verification !== undefined) {
      const what = outcome === 'built' ? 'built' : 'already set up'
      output.print(`${what}: ${folder} (1024² product at ${verification.gflops} GFLOP/s)`)
      output.print('The native backend is ready: --backend native, and the default from now on.')
    }
    output.result({ outcome, folder, tensorflow, verification: verification ?? null })
    return exitCodes.ok
  },
})
