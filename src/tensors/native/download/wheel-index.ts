import { MedtuneError } from '../../../errors.js'
import { fetchOrThrow, networkError, splitCredentials } from './byte-source.js'
import { compareVersions, meetsSpecifier } from './python-version.js'

const machineNames: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

/** This machine's name in a wheel's platform tag. */
export function wheelMachine(): string {
  return machineNames[process.arch] ?? process.arch
}

/** PyPI, or the index that PIP_INDEX_URL names. */
export function packageIndexUrl(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return environment.PIP_INDEX_URL || 'https://pypi.org/simple/'
}

/** A wheel as a package index lists it. */
export interface IndexedWheel {
  readonly filename: string
  readonly version: string
  /** With the index's credentials where it has any and serves the file itself. */
  readonly address: string
}

export interface WheelQuery {
  readonly project: string
  /** A PEP 440 specifier: `==2.21.*`, `<13.0,>=12.5`. The newest release that meets it is taken. */
  readonly versions: string
  /** What the platform tag must end in: `x86_64`. */
  readonly machine: string
  readonly indexUrl: string
  readonly signal?: AbortSignal
}

/**
 * Looks a wheel for Linux up in a Python package index.
 * @throws MedtuneError NETWORK when the index does not answer, SETUP_FAILED when it has no such wheel
 * @see https://peps.python.org/pep-0691/
 */
export async function findWheel(query: WheelQuery): Promise<IndexedWheel> {
  const { project, versions, machine, indexUrl } = query
  const page = new URL(`${project}/`, indexUrl.endsWith('/') ? indexUrl : `${indexUrl}/`).href
  const { url, headers } = splitCredentials(page)
  const accept = 'application/vnd.pypi.simple.v1+json'
  const response = await fetchOrThrow(url, { ...headers, accept }, query.signal)
  if (!response.ok) {
    await response.body?.cancel()
    throw networkError(url, `it answered with status ${response.status}`)
  }
  const suitable = (await readFiles(url, response))
    .map(({ filename, url: address }) => ({ filename, address, version: wheelVersion(filename) }))
    .filter(({ filename, version }) => isLinuxWheel(filename, machine) && meetsSpecifier(version, versions))
  // A release has one wheel per Python version, all with the same libraries.
  const wheel = suitable.sort((a, b) => compareVersions(a.version, b.version)).at(-1)
  if (wheel === undefined) {
    throw new MedtuneError(
      'SETUP_FAILED',
      `${project} ${versions} must have a wheel for Linux on ${machine}; ${url} lists none. Choose another: --tensorflow X.Y.Z`,
    )
  }
  const { filename, version } = wheel
  return { filename, version, address: withCredentialsOf(page, new URL(wheel.address, response.url).href) }
}

/** The second part of `name-version-python-abi-platform.whl`. */
function wheelVersion(filename: string): string {
  return filename.split('-')[1] ?? ''
}

function isLinuxWheel(filename: string, machine: string): boolean {
  return /linux/.test(filename) && filename.endsWith(`${machine}.whl`) && /-(cp3\d+|py3)-/.test(filename)
}

interface IndexFile {
  readonly filename: string
  readonly url: string
  /** True, or why the release was taken back. */
  readonly yanked?: boolean | string
}

async function readFiles(url: string, response: Response): Promise<IndexFile[]> {
  try {
    const { files } = (await response.json()) as { files: IndexFile[] }
    return files.filter(
      (file) =>
        typeof file.filename === 'string' && typeof file.url === 'string' && (file.yanked ?? false) === false,
    )
  } catch (error) {
    throw networkError(url, 'it does not answer in the JSON form of PEP 691', error)
  }
}

function withCredentialsOf(page: string, file: string): string {
  const [from, to] = [new URL(page), new URL(file)]
  if (from.origin !== to.origin) return to.href
  to.username = from.username
  to.password = from.password
  return to.href
}
