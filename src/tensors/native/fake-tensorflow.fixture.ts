import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const elfNumbers: Readonly<Record<string, number>> = { x64: 62, arm64: 183 }

export interface FakeTensorFlow {
  /** Processor the libraries claim to be for, in Node's names. */
  readonly machine?: string
  readonly withoutLibrary?: boolean
  readonly withoutHeaders?: boolean
  /** Version in the metadata folder; without it none can be told. */
  readonly metadataVersion?: string
}

/** Writes files that look like the `tensorflow` package in a site-packages folder, and returns its folder. */
export function writeFakeTensorFlow(sitePackages: string, options: FakeTensorFlow = {}): string {
  const folder = path.join(sitePackages, 'tensorflow')
  const { machine = process.arch } = options
  const elf = Buffer.alloc(64)
  elf.write('\x7fELF', 'latin1')
  elf.writeUInt16LE(elfNumbers[machine] ?? 0, 18)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'libtensorflow_framework.so.2'), elf)
  if (!options.withoutLibrary) writeFileSync(path.join(folder, 'libtensorflow_cc.so.2'), elf)
  if (!options.withoutHeaders) writeHeaders(path.join(folder, 'include/tensorflow'))
  if (options.metadataVersion !== undefined) {
    mkdirSync(path.join(sitePackages, `tensorflow_cpu-${options.metadataVersion}.dist-info`))
  }
  return folder
}

function writeHeaders(folder: string): void {
  const files = {
    'c/c_api.h': '',
    'c/eager/c_api.h': '',
    'core/platform/ctstring_internal.h': '',
  }
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
