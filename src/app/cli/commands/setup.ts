import { MedtuneError } from '../../../errors.js'
import { setUpNative } from '../../../tensors/native/set-up-native.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'

export const setupCommand: Command = defineCommand({
  name: 'setup',
  description:
    'Make the native backend ready: find TensorFlow and compile the binding to it, once per machine.',
  usage: 'setup --cpu',
  options: {
    cpu: { type: 'boolean', default: false, description: 'Set up TensorFlow on the CPU.' },
    from: {
      type: 'string',
      valueName: 'DIR',
      description: 'Look here only: a tensorflow package, a site-packages folder or a virtual environment.',
    },
    python: { type: 'string', valueName: 'PATH', description: 'Ask this Python interpreter only.' },
    dryRun: { type: 'boolean', default: false, description: 'Find everything, build nothing.' },
    force: { type: 'boolean', default: false, description: 'Build again even when the cache has it.' },
  },
  examples: [
    {
      command: 'medtune setup --cpu',
      does: 'Uses the TensorFlow of MEDTUNE_PYTHON, the active environment or python3.',
    },
    {
      command: 'medtune setup --cpu --from ~/venv --dry-run',
      does: 'Shows what would be built against that environment.',
    },
  ],
  async run({ values, output, signal }) {
    if (!values.cpu) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        'setup must be told what to set up; got nothing. Run: medtune setup --cpu',
      )
    }
    const { from, python, dryRun, force } = values
    const onStage = (line: string): void => output.print(line)
    const result = await setUpNative({
      ...(from === undefined ? {} : { from }),
      ...(python === undefined ? {} : { python }),
      ...{ dryRun, force, signal, onStage },
    })
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
