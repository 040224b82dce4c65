import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { MedtuneError } from '../../errors.js'

/** N-API version of the compiled modules: one build serves every Node release from 12.22 on. */
export const nodeApiVersion = 8

/** A text that is put into a copy of the binding's sources, next to an anchor that must occur exactly once. */
export interface SourceEdit {
  readonly file: string
  readonly anchor: string
  readonly replacement: string
}

/** They make `binding-methods.cc` part of the binding. */
export const sourceEdits: readonly SourceEdit[] = [
  {
    file: 'tfjs_backend.h',
    anchor: 'class TFJSBackend {\n',
    replacement: 'class TFJSBackend {\n  friend class MedtuneMethods;\n\n',
  },
  {
    file: 'tfjs_binding.cc',
    anchor: '#include "utils.h"\n',
    replacement: '#include "utils.h"\n#include "binding-methods.h"\n',
  },
  {
    file: 'tfjs_binding.cc',
    anchor: '#undef EXPORT_INT_PROPERTY\n',
    replacement: '#undef EXPORT_INT_PROPERTY\n\n  DefineMedtuneMethods(env, exports);\n',
  },
  // The package goes on with no context and ends the process; a graphics card that cannot be started is an error with a reason.
  {
    file: 'tfjs_backend.cc',
    anchor:
      'NAPI_THROW_ERROR(env, "Exception creating TFE_Context");\n  }\n\n  TFE_DeleteContextOptions(tfe_options);\n',
    replacement:
      'napi_throw_error(env, nullptr, TF_Message(tf_status.status));\n    return;\n  }\n\n  TFE_DeleteContextOptions(tfe_options);\n',
  },
]

export interface BindingSources {
  /** Version of the npm package they come from. */
  readonly version: string
  /** Text by file name, edits applied. */
  readonly files: ReadonlyMap<string, string>
  /** Folder of the N-API headers. */
  readonly nodeApiInclude: string
  /** Changes whenever a file or an edit does. */
  readonly hash: string
}

// The same from src/ and from dist/: C++ files are not copied by the TypeScript build.
const ownSources = fileURLToPath(new URL('../../../src/tensors/native/', import.meta.url))
const ownFiles = [
  ...['binding-methods.cc', 'binding-methods.h', 'library-start.cc'],
  ...[
    ...['few-row-ops.cc', 'few-row-ops.h', 'few-row-rules.h', 'kernel-call.h'],
    ...['kernel-registration.cc', 'kernel-registration.h'],
    ...['many-row-ops.cc', 'many-row-ops.h', 'many-row-rules.h', 'share-passes.h', 'wide-lanes.h'],
    ...['many-row-attention.cc', 'many-row-cross-entropy.cc', 'many-row-gates.cc', 'many-row-low-rank.cc'],
    ...['many-row-norms.cc', 'many-row-turns.cc'],
    ...['tile-attention.h', 'tile-operands.h', 'tile-products.cc', 'tile-products.h'],
    ...['row-activations.cc', 'row-products.cc', 'packed-input.h', 'step-attention.cc', 'step-attention.h'],
    ...['decode-layers.cc', 'row-linear.cc', 'row-linear.h'],
    ...['row-kernels.cc', 'row-kernels.h', 'row-workers.cc', 'row-workers.h'],
  ].map((name) => `kernels/${name}`),
]
const bindingPackage = '@tensorflow/tfjs-node-gpu'

/**
 * Reads the C++ sources to compile: those of the installed tfjs-node package with our edits, and our own.
 * @throws MedtuneError SETUP_FAILED when a package is missing or its text is not the expected one
 */
export function readBindingSources(): BindingSources {
  const packageFolder = folderOfPackage(bindingPackage)
  const bindingFolder = path.join(packageFolder, 'binding')
  const names = readdirSync(bindingFolder).filter((name) => /\.(cc|h)$/.test(name))
  const files = new Map(names.map((name) => [name, readFileSync(path.join(bindingFolder, name), 'utf8')]))
  for (const edit of sourceEdits) files.set(edit.file, applyEdit(files.get(edit.file), edit))
  for (const name of ownFiles) {
    files.set(path.basename(name), readFileSync(path.join(ownSources, name), 'utf8'))
  }

  const hash = createHash('sha256').update(`napi ${nodeApiVersion}\n`)
  for (const [name, text] of files) hash.update(`${name}\n${text}\n`)
  return {
    version: packageVersion(packageFolder),
    files,
    nodeApiInclude: path.join(folderOfPackage('node-api-headers'), 'include'),
    hash: hash.digest('hex').slice(0, 16),
  }
}

/** @throws MedtuneError SETUP_FAILED unless the anchor occurs exactly once in `text` */
export function applyEdit(text: string | undefined, edit: SourceEdit): string {
  const parts = text?.split(edit.anchor) ?? []
  if (parts.length === 2) return parts.join(edit.replacement)
  const found = text === undefined ? 'no such file' : `${parts.length - 1} occurrences`
  throw new MedtuneError(
    'SETUP_FAILED',
    `${edit.file} of ${bindingPackage} must contain ${JSON.stringify(edit.anchor)} exactly once; found ${found}. ` +
      'Install the version that medtune asks for: npm ci',
  )
}

function folderOfPackage(name: string): string {
  try {
    return path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  } catch (cause) {
    throw new MedtuneError('SETUP_FAILED', `npm package ${name} must be installed; it is not. Run: npm ci`, {
      cause,
    })
  }
}

function packageVersion(folder: string): string {
  const content: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  return typeof content === 'object' && content !== null && 'version' in content
    ? String(content.version)
    : 'unknown'
}
