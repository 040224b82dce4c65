import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { MedtuneError } from '../../errors.js'

/** What a server needs that answers other machines: text of the PEM files. */
export interface RemoteAccess {
  /** The certificate, with its chain. */
  readonly certificate: string
  readonly key: string
}

/** The names of the server, as its certificate has them. */
export interface ServerNames {
  /** For the address that is printed. */
  readonly first: string
  /** Whether the certificate is for this host name or IP address. */
  includes(name: string): boolean
}

/**
 * @returns undefined where no other machine is answered
 * @throws MedtuneError INVALID_ARGUMENT without password; for what is no certificate, has expired, or is not of the key
 */
export function checkRemoteAccess({
  remote,
  passwordHash,
}: {
  readonly remote?: RemoteAccess | undefined
  readonly passwordHash?: string | undefined
}): ServerNames | undefined {
  if (remote === undefined) return undefined
  if (passwordHash === undefined)
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      '--allow-remote needs a password; none is set. Run medtune notebook password, or name a file in MEDTUNE_PASSWORD_FILE.',
    )
  return checkCertificate(remote)
}

function checkCertificate({ certificate, key }: RemoteAccess): ServerNames {
  try {
    createSecureContext({ cert: certificate, key })
  } catch (cause) {
    const message =
      '--certfile and --keyfile must be the PEM files of one certificate, without passphrase; they are not. Check both.'
    throw new MedtuneError('INVALID_ARGUMENT', message, { cause })
  }
  const parsed = new X509Certificate(certificate)
  if (Date.parse(parsed.validTo) < Date.now())
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `--certfile must be valid today; it was until ${parsed.validTo}. Renew it.`,
    )
  const [first] = (parsed.subjectAltName ?? '')
    .split(', ')
    .map((name) => name.replace(/^(DNS|IP Address):/, ''))
    .filter((name) => name !== '' && !name.startsWith('*'))
  return {
    first: first === undefined ? 'localhost' : isIP(first) === 6 ? `[${first}]` : first,
    includes: (name) =>
      isIP(name) === 0 ? parsed.checkHost(name) !== undefined : parsed.checkIP(name) !== undefined,
  }
}
