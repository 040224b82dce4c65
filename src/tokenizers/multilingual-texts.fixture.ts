import { Random } from '../tensors/random.js'

/** Code points of many scripts and kinds, as [first, last]. */
const ranges: readonly (readonly [number, number])[] = [
  [0x20, 0x7e],
  [0x20, 0x7e],
  [0x09, 0x0d],
  [0xa0, 0x17f],
  [0x300, 0x36f],
  [0x370, 0x3ff],
  [0x400, 0x4ff],
  [0x5d0, 0x5ea],
  [0x620, 0x669],
  [0x904, 0x96f],
  [0xe01, 0xe5b],
  [0x1e00, 0x1eff],
  [0x2000, 0x206f],
  [0x2070, 0x218b],
  [0x2200, 0x22ff],
  [0x2460, 0x249b],
  [0x3000, 0x30ff],
  [0x4e00, 0x4fff],
  [0xac00, 0xacff],
  [0xfb00, 0xfb06],
  [0xfe00, 0xfe0f],
  [0xff10, 0xff5a],
  [0x1f300, 0x1f64f],
  [0x1d400, 0x1d44f],
  [0x10ffff, 0x10ffff],
  [0x85, 0x85],
  [0x180e, 0x180e],
  [0xfeff, 0xfeff],
]

const pieces = [
  'The patient',
  ' was treated',
  "'s",
  "'LL",
  "'Ve",
  ' 1234567',
  ' 45.3%',
  '\n\n',
  '\r\n',
  '   ',
  '\t\t',
  ' \n ',
  'naïve',
  'e\u0301',
  '漢字かな',
  'Привет',
  'العربية',
  '👩‍⚕️',
  '🇧🇷',
  '<s>',
  '</s>',
  '<bos>',
  '<|im_start|>',
  '<|im_end|>',
  '<|end|>',
  '<|eot_id|>',
  '<|begin_of_text|>',
  '<start_of_turn>',
  '[INST]',
  '▁',
  '▁▁',
  '<0x41>',
  '!!!',
  '/',
  'CamelCaseHTTPServer',
  'ǅungla',
  '…',
]

/** Texts of every script, kind of blank, number, sign and special token, in any order: made up, always the same. */
export function multilingualTexts(count: number): string[] {
  const random = new Random(20261123)
  const character = (): string => {
    const [first, last] = ranges[random.integer(ranges.length)] ?? [0x61, 0x7a]
    return String.fromCodePoint(first + random.integer(last - first + 1))
  }
  const part = (): string => {
    const kind = random.integer(4)
    if (kind === 0) return pieces[random.integer(pieces.length)] ?? ''
    if (kind === 1) return ' '
    const repeated = character()
    return kind === 2 ? repeated : repeated.repeat(1 + random.integer(4))
  }
  return Array.from({ length: count }, () => Array.from({ length: random.integer(24) }, part).join(''))
}
