import { defineRecognizer, type FindContext, looseConnector, type Recognizer } from '../recognizer.js'
import { fieldRule } from '../structured/structured-values.js'

const port = '(?::\\d{2,5})?(?:/\\d{1,2})?'
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const v4 = `${octet}(?:\\.${octet}){3}`
const v6 = '(?:[0-9a-f]{1,4}:){1,7}(?::?[0-9a-f]{1,4}){0,7}'
const v4InV6 = `::(?:ffff:)?${v4}`

function isIpv6(value: string): boolean {
  const halves = value.split('::')
  const groups = value.split(':').filter((group) => group !== '').length
  return halves.length === 1
    ? groups === 8
    : halves.length === 2 && groups >= 2 && groups < 8 && /[\da-f]{2}/i.test(value)
}

/** Four small numbers are a version or an outline number. */
function isAddress(value: string, context: FindContext): boolean {
  if (
    /(?:vers[aã]o|version|\bv|se[çc][ãa]o|section|item|cap[íi]tulo|CBHPM|TUSS|AMB|SIGTAP|c[óo]digo|code)[ .]{0,2}$/iu.test(
      context.text.slice(Math.max(0, context.start - 10), context.start),
    )
  )
    return false
  if (/^(?:10|127|192\.168)\./.test(value)) return true
  return value.split(/[.:/]/).some((part) => Number(part) > 31)
}

/** IPv4 and IPv6 addresses, with their port. */
export const ipAddress: Recognizer<'IP'> = defineRecognizer({
  entity: 'IP',
  rules: [
    fieldRule('IP'),
    {
      kind: 'label',
      name: 'labelled',
      since: 'clinical',
      labels: ['IP', 'source IP', 'IP de origem', 'endereço IP', 'IP address', 'IPv4', 'IPv6', 'host'],
      connector: looseConnector,
      value: new RegExp(`${v4}${port}(?![\\d])|${v4InV6}|${v6}`, 'iy'),
    },
    {
      kind: 'pattern',
      name: 'v4',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'number',
      digits: 4,
      regex: new RegExp(
        `(?<![\\p{L}\\p{N}.,/-])${v4}${port}(?![\\p{L}\\p{N}]|[.,]\\p{N}|%|-\\d(?!\\d))`,
        'uy',
      ),
      accept: isAddress,
    },
    {
      kind: 'pattern',
      name: 'v6',
      since: 'clinical',
      confidence: 'pattern',
      anchor: 'text',
      needs: ':',
      regex: new RegExp(`(?<![\\p{L}\\p{N}:.])${v6}(?![\\p{L}\\p{N}:])`, 'giu'),
      accept: isIpv6,
    },
  ],
  examples: {
    positive: [
      'Source IP: ‹::ffff:222.83.213.233›',
      'IP ‹179.85.166.209›; laudo',
      'Session IP ‹10.125.91.227:8080›;',
      'IP ‹606c:a60a:e7d6:2c06:e9f2:adb:66b8:e4f5›;',
      '‹2001:db8::2cc:1513›',
      'IP: ‹10.1.2.3›',
    ],
    negative: [
      'CBHPM 4.03.04.36-1; TUSS 3.10.12.45',
      'EC 3.1.1.11',
      'versão 1.22.33.44',
      '10:20:30',
      'ratio 1:2:3:4',
      '1.2.3.4',
      'at 12:30::',
    ],
  },
})
