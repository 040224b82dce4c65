import { seededNumbers } from '../strategies/secret.js'
import { labelledKinds } from './labelled-kinds.fixture.js'
import { type GoldSpan, readMarkedText } from './marked-text.fixture.js'

type Pick = (bound: number) => number

const words = (list: string, by: string): string[] => list.split(by).map((entry) => entry.trim())

function shaped(shape: string, pick: Pick): string {
  return shape.replaceAll(/[#@~]/g, (mark) => {
    if (mark === '#') return String(1 + pick(9))
    return mark === '@' ? 'ABCDEFGHJKLMNPRSTUVWXYZ'.charAt(pick(23)) : '0123456789abcdef'.charAt(pick(16))
  })
}

/** How a form, a letter, a table or a message writes label and value. `L` the label, `V` the value. */
const layouts: readonly string[] = [
  'L: V',
  'L V',
  'L = V',
  'L # V',
  'L nº V',
  'L n. V',
  'L no. V',
  'L - V',
  'L: V.',
  'L:V',
  'L\tV',
  'L:\tV',
  'L\nV',
  'L:\nV',
  'L nº: V',
  'L N° V',
  'L........: V',
  'L....: V',
  'L ..... V',
  '(L V)',
  '(L: V)',
  '[L: V]',
  '**L:** V',
  '**L**: V',
  '- L: V',
  '* **L:** V',
  '| L | V |',
  '| L: | V |',
  'L | V',
  'L; V',
  'L => V',
  'L -> V',
  'L – V',
  'L — V',
  'L "V"',
  "L: 'V'",
  'L: **V**',
  'L: `V`',
  '_L_: V',
  'L é V',
  'L is V',
  'L, V,',
  'L (V)',
  'L: [V]',
  'L : V',
  'L:   V   ',
  '• L: V',
  '1) L: V',
  'paciente com L V em acompanhamento.',
  'Patient with L: V, stable.',
  'L: V; alta em breve',
  '<b>L:</b> V',
  '<td>L</td><td>V</td>',
  '# L\nV\n',
  '## L: V',
]

const manglings: readonly ((label: string) => string)[] = [
  (label) => label,
  (label) => label.toUpperCase(),
  (label) => label.toLowerCase(),
  (label) => label.normalize('NFD').replaceAll(/[\u0300-\u036f]/g, ''),
  (label) => label.charAt(0).toUpperCase() + label.slice(1),
]

const fieldLayouts: readonly string[] = [
  '{"L": "V"}',
  '{"L":"V","x":1}',
  "{'L': 'V'}",
  '<L>V</L>',
  '<x L="V"/>',
  'L=V',
  'L: V',
  'L="V"',
  '{\\"L\\": \\"V\\"}',
  '<ans:L>V</ans:L>',
  'L;V',
  '- L: "V"',
]

const valueForms: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => value.replaceAll(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  (value) => `${value.slice(0, 3)}\u200b${value.slice(3)}`,
  (value) => value.replaceAll('-', '\u2011'),
  (value) => value.replaceAll(' ', '\u00a0'),
]

/** A labelled value in a layout, with what it is made of. */
export interface GridRow {
  readonly text: string
  readonly spans: readonly GoldSpan[]
  readonly label: string
  readonly layout: string
  readonly shape: string
}

/** Every label in `perLabel` layouts, every field name in `perField`; the same seed gives the same rows. */
export function labelGrid(perLabel: number, perField: number, seed: string): GridRow[] {
  const pick = seededNumbers(seed, 'grid')
  const rows: GridRow[] = []
  let turn = 0
  const add = (
    type: string,
    label: string,
    shapes: readonly string[],
    layout: string,
    isField: boolean,
  ): void => {
    const shape = shapes[turn % shapes.length] ?? ''
    const form = turn % 9 === 0 ? valueForms[pick(valueForms.length)] : undefined
    const value = shaped(shape, pick)
    const written = isField ? label : (manglings[pick(manglings.length)] ?? String)(label)
    const marked = layout
      .replaceAll('L', () => '\u0001')
      .replace('V', () => `{${type}|${form?.(value) ?? value}}`)
    const braces = marked.replaceAll('\u0001', () => written)
    rows.push({ ...readMarkedText(braces), label, layout, shape })
    turn++
  }
  for (const { type, labels, values, fields } of labelledKinds) {
    const shapes = words(values, ';')
    for (const label of words(labels, ','))
      for (let count = 0; count < perLabel; count++) {
        turn += pick(3)
        add(type, label, shapes, layouts[(turn + pick(7)) % layouts.length] ?? '', false)
      }
    for (const field of words(fields, ','))
      for (let count = 0; count < perField; count++) {
        turn += pick(3)
        add(type, field, shapes, fieldLayouts[pick(fieldLayouts.length)] ?? '', true)
      }
  }
  return rows
}
