import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32, deflateRawSync } from 'node:zlib'

/** A zip archive of the given files, deflated, as wheels are. */
export function zipOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const data = deflateRawSync(content)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), data])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    entries.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, Buffer.from(name)]),
    )
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

export interface FakeIndex {
  readonly url: string
  /** Ranges asked for so far, `start-end`. */
  readonly ranges: string[]
  /** Sends at most this many bytes per answer and then cuts the connection. */
  cutAfterBytes: number
  /** Answers ranges with the whole file, as some servers do. */
  ignoresRanges: boolean
  close(): Promise<void>
}

/** A package index with files, as PEP 691 has it, on a port of its own. */
export async function serveFakeIndex(
  project: string,
  wheels: Readonly<Record<string, Buffer>>,
): Promise<FakeIndex> {
  const ranges: string[] = []
  const behaviour = { cutAfterBytes: Number.POSITIVE_INFINITY, ignoresRanges: false }
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url?.split('/').at(-1) ?? '')
    const wheel = wheels[name]
    if (request.url === `/simple/${project}/`) {
      const files = Object.keys(wheels).map((filename) => ({
        filename,
        url: `../../files/${filename}`,
        hashes: {},
      }))
      response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json')
      response.end(JSON.stringify({ files }))
    } else if (wheel === undefined) {
      response.writeHead(404).end()
    } else if (behaviour.ignoresRanges) {
      response.end(wheel)
    } else {
      sendRange(request, response, wheel, ranges, behaviour.cutAfterBytes)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/simple/`
  return Object.assign(behaviour, { url, ranges, close: () => closeServer(server) })
}

function sendRange(
  request: IncomingMessage,
  response: ServerResponse,
  wheel: Buffer,
  ranges: string[],
  cutAfterBytes: number,
): void {
  const [, start = '0', end = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  ranges.push(`${start}-${end}`)
  const part = wheel.subarray(Number(start), Number(end) + 1)
  response.writeHead(206, {
    'content-range': `bytes ${start}-${end}/${wheel.length}`,
    'content-length': part.length,
  })
  if (part.length <= cutAfterBytes) response.end(part)
  else response.write(part.subarray(0, cutAfterBytes), () => response.destroy())
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
