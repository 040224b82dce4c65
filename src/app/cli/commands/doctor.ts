import { type CudaDescription, cudaRemedy } from '../../../tensors/native/cuda/describe-cuda.js'
import { type Command, defineCommand } from '../command.js'
import { type BackendReport, type DoctorReport, diagnose } from '../doctor-report.js'
import { exitCodes } from '../exit-codes.js'

export const doctorCommand: Command = defineCommand({
  name: 'doctor',
  description: 'Show what medtune finds on this machine: backends, TensorFlow, Python, data, default model.',
  usage: 'doctor',
  options: {},
  examples: [
    {
      command: 'medtune doctor',
      does: 'Lists every part, and for a missing one the command that brings it.',
    },
    { command: 'medtune doctor --json', does: 'The same for a script.' },
  ],
  async run({ output }) {
    const report = await diagnose()
    for (const [label, text] of doctorLines(report)) output.print(`${`${label}:`.padEnd(15)} ${text}`)
    output.result({ ...report })
    return exitCodes.ok
  },
})

/** The report as labelled lines. */
export function doctorLines(report: DoctorReport): [label: string, text: string][] {
  const { medtune, node, system, backends, dataset, defaultModel } = report
  const used = backends.find(({ starts }) => starts)
  return [
    ['medtune', medtune],
    ['Node', `${node.version} (wanted ${node.wanted})`],
    ['system', `${system.platform}, ${system.cores} × ${system.cpu}`],
    ['memory', `${gigabytes(system.memoryBytes)}, ${gigabytes(system.freeBytes)} free`],
    ...backends.flatMap((backend): [string, string][] => [
      backendLine(backend),
      ...dtypeLines(backend),
      ...attentionLines(backend),
    ]),
    [
      'default',
      used === undefined ? 'no backend starts' : `${used.name} is used unless --backend says otherwise`,
    ],
    ...nativeLines(report.native),
    ...cudaLines(report.cuda),
    ['dataset', datasetText(dataset)],
    [
      'default model',
      defaultModel.present
        ? `${defaultModel.folder} (${(defaultModel.sizeBytes / 1e6).toFixed(1)} MB)`
        : `missing: ${defaultModel.folder}. Install medtune again.`,
    ],
  ]
}

function backendLine({ name, starts, threads, detail, problem }: BackendReport): [string, string] {
  return [
    `backend ${name}`,
    starts
      ? `starts: ${detail}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
      : `does not start: ${problem}`,
  ]
}

/** What the probe of each dtype found. */
function dtypeLines({ probes = {}, computeDtypes = [] }: BackendReport): [string, string][] {
  return Object.entries(probes).map(([dtype, operations]) => {
    const lacked = Object.keys(operations).filter((name) => operations[name] === 'float32')
    const count = Object.keys(operations).length
    const usable = dtype === 'uint8' || computeDtypes.includes(dtype)
    const found = lacked.length === 0 ? `all ${count} operations` : `lacks ${lacked.join(', ')}`
    const instead = usable ? 'in float32 instead' : 'not offered as --dtype'
    return [`  ${dtype}`, lacked.length === 0 ? found : `${found}: ${instead}`]
  })
}

/** Only where XLA compiles for a card: MEDTUNE_XLA=1. */
function attentionLines({ attentionRoad }: BackendReport): [string, string][] {
  if (attentionRoad === undefined) return []
  const found = attentionRoad.fused
    ? "cuDNN's fused kernels, which agree with attention in chunks"
    : `in chunks; cuDNN's fused kernels are off: ${attentionRoad.reason}`
  return [['  attention', found]]
}

function nativeLines(native: DoctorReport['native']): [string, string][] {
  if ('problem' in native) return [['TensorFlow', native.problem]]
  const { binding, python, installation } = native
  return [
    [
      'binding',
      'problem' in binding
        ? binding.problem
        : `${binding.folder}, for TensorFlow ${binding.tensorflowVersion} in ${binding.tensorflowFolder}`,
    ],
    ['Python', python === undefined ? 'not found (not needed)' : `${python.version}, ${python.path}`],
    [
      'TensorFlow',
      'problem' in installation
        ? installation.problem
        : `${installation.version} in ${installation.folder} (${installation.foundBy})`,
    ],
  ]
}

function cudaLines(cuda: CudaDescription): [string, string][] {
  const { driver, libraries, compilerFolder, jitHint } = cuda
  if (driver.problem !== undefined) return [['graphics card', driver.problem]]
  const missing = libraries.filter(({ file }) => file === undefined).map(({ soname }) => soname)
  if (compilerFolder === undefined) missing.push('ptxas', 'libdevice')
  const remedy = cudaRemedy(cuda)
  return [
    ...driver.cards.map(({ name, memoryBytes, freeBytes }): [string, string] => [
      'graphics card',
      `${name}, ${gigabytes(memoryBytes)}, ${gigabytes(freeBytes)} free, driver ${driver.version}`,
    ]),
    ['CUDA', remedy === undefined ? 'complete' : `missing: ${missing.join(', ')}. Run: ${remedy}`],
    ...(jitHint === undefined ? [] : [['CUDA kernels', jitHint] as [string, string]]),
  ]
}

function datasetText({ file, isSample, present }: DoctorReport['dataset']): string {
  if (!present) return `missing: ${file}. Install medtune again.`
  return isSample ? `the sample, ${file}. PubMedQA: medtune fetch-data` : file
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`
}
