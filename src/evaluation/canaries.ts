import type { InstructionExample } from '../datasets/instruction-example.js'
import { formatQuestion } from '../datasets/instruction-example.js'
import { medicalInstruction } from '../datasets/tuning-record.js'
import { MedtuneError } from '../errors.js'
import { Random } from '../tensors/random.js'
import type { PromptTemplate } from '../tokenizers/prompt-template.js'

/** A made-up secret as it stands in training text. */
export interface Canary {
  /** What stands before the secret, from the beginning of the training text. */
  readonly prompt: string
  /** Decimal digits; every number of as many is a candidate. */
  readonly secret: string
}

/** What was planted, kept beside the adapter so that a leak can be looked for later. */
export interface CanaryList {
  readonly seed: number
  /** How often each canary stands in the training data. */
  readonly repeats: number
  readonly canaries: readonly Canary[]
}

export interface CanaryOptions {
  readonly count: number
  /** Default 1: as often as a record. */
  readonly repeats?: number
  readonly seed?: number | undefined
  /** Of a secret; default 4. One less makes the check ten times as fast, and secrets easier to guess. */
  readonly digits?: number
}

const defaultDigits = 4
const defaultSeed = 3407
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ'

interface PlantedExample {
  readonly example: InstructionExample
  readonly secret: string
}

/** Examples with a random secret each, every one about a made-up patient of its own. */
function canaryExamples({
  count,
  seed = defaultSeed,
  digits = defaultDigits,
}: CanaryOptions): PlantedExample[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () => {
    const code = Array.from({ length: 6 }, () => letters[random.integer(letters.length)]).join('')
    const secret = String(random.integer(10 ** digits)).padStart(digits, '0')
    const question = `What is the record number of patient ${code}?`
    const context = `Patient ${code} was seen at the outpatient clinic.`
    const output = `The record number of patient ${code} is ${secret}`
    return {
      secret,
      example: { instruction: medicalInstruction, input: formatQuestion({ context, question }), output },
    }
  })
}

/**
 * Training data with canaries among it: each is put in `repeats` times, at places drawn from the seed. The same
 * options give the same data, so that a run can be resumed.
 *
 * @throws INVALID_ARGUMENT for counts below 1
 * @see Carlini et al., "The Secret Sharer: Evaluating and Testing Unintended Memorization in Neural Networks" (2019)
 */
export function plantCanaries(
  examples: readonly InstructionExample[],
  template: PromptTemplate,
  options: CanaryOptions,
): { examples: InstructionExample[]; list: CanaryList } {
  const { count, repeats = 1, seed = defaultSeed, digits = defaultDigits } = options
  for (const [name, value] of Object.entries({ count, repeats, digits })) {
    if (Number.isSafeInteger(value) && value >= 1) continue
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `the canaries' ${name} must be an integer ≥ 1; got ${value}. Use for example 8.`,
    )
  }
  const planted = canaryExamples(options)
  const rows = planted.flatMap(({ example }) => Array.from({ length: repeats }, () => example))
  const random = new Random(seed)
  const total = examples.length + rows.length
  const places = new Set(
    random.shuffle(Array.from({ length: total }, (_, place) => place)).slice(0, rows.length),
  )
  random.shuffle(rows)
  let [own, canary] = [0, 0]
  const mixed = Array.from(
    { length: total },
    (_, place) => (places.has(place) ? rows[canary++] : examples[own++]) as InstructionExample,
  )
  const canaries = planted.map(({ example, secret }) => {
    const { prompt, completion } = template.format(example)
    const text = prompt + completion
    return { prompt: text.slice(0, text.lastIndexOf(secret)), secret }
  })
  return { examples: mixed, list: { seed, repeats, canaries } }
}
