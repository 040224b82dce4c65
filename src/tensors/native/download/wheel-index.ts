import { MedtuneError } from '../../../errors.js'
import { fetchOrThrow, networkError, splitCredentials } from './byte-source.js'

/** A wheel as a package index lists it. */
export interface IndexedWheel {
  readonly filename: string
  /** With the index's credentials where it has any and serves the file itself. */
  readonly address: string
}

export interface WheelQuery {
  readonly project: string
  readonly version: string
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
  const { project, version, machine, indexUrl } = query
  const page = new URL(`${project}/`, indexUrl.endsWith('/') ? indexUrl : `${indexUrl}/`).href
  const { url, headers } = splitCredentials(page)
  const accept = 'application/vnd.pypi.simple.v1+json'
  const response = await fetchOrThrow(url, { ...headers, accept }, query.signal)
  if (!response.ok) {
    await response.body?.cancel()
    throw networkError(url, `it answered with status ${response.status}`)
  }
  const filenames = await readFiles(url, response)
  const prefix = `${project.replaceAll('-', '_')}-${version}-cp3`
  // The libraries are the same in the wheels of all Python versions.
  const wheel = filenames.findLast(
    ({ filename }) =>
      filename.startsWith(prefix) && /manylinux/.test(filename) && filename.endsWith(`${machine}.whl`),
  )
  if (wheel === undefined) {
    throw new MedtuneError(
      'SETUP_FAILED',
      `${project} ${version} must have a wheel for Linux on ${machine}; ${url} lists none. Choose another: --tensorflow X.Y.Z`,
    )
  }
  return { filename: wheel.filename, address: withCredentialsOf(page, new URL(wheel.url, response.url).href) }
}

async function readFiles(url: string, response: Response): Promise<{ filename: string; url: string }[]> {
  try {
    const { files } = (await response.json()) as { files: { filename: string; url: string }[] }
    return files.filter((file) => typeof file.filename === 'string' && typeof file.url === 'string')
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
