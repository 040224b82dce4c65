import { Detector } from './detector.js'
import type { ProfileName } from './profiles.js'
import type { Confidence, TextRange } from './recognizer.js'
import { type PhiEntity, recognizers } from './recognizers/index.js'
import { placeholder } from './strategies/placeholder.js'
import type { Strategy } from './strategies/strategy.js'

/** A found identifier: where and of what kind, never its text. Offsets are UTF-16 code units of the input. */
export interface PhiSpan extends TextRange {
  readonly type: PhiEntity
  /** The rule that found it, `entity/rule`. */
  readonly recognizer: string
  readonly confidence: Confidence
}

/** An anonymized text and what was done to it. */
export interface AnonymizationResult {
  readonly text: string
  readonly spans: readonly PhiSpan[]
  /** Spans by kind; every kind is listed, also with 0. */
  readonly counts: Readonly<Record<PhiEntity, number>>
}

export interface AnonymizerOptions {
  /** Default `literature`. */
  readonly profile?: ProfileName
  /** Default `placeholder`. */
  readonly strategy?: Strategy
}

const noCounts: Readonly<Record<PhiEntity, number>> = Object.fromEntries(
  recognizers.map((recognizer) => [recognizer.entity, 0]),
) as Record<PhiEntity, number>

/** No identifier found, of any kind. */
function emptyCounts(): Record<PhiEntity, number> {
  return { ...noCounts }
}

/** Finds identifiers of persons in Portuguese and English text and replaces them: detect → resolve → replace. */
export class Anonymizer {
  readonly profile: ProfileName
  /** Name of the strategy. */
  readonly strategy: string
  readonly #strategy: Strategy
  readonly #detector: Detector

  constructor(options: AnonymizerOptions = {}) {
    this.profile = options.profile ?? 'literature'
    this.#strategy = options.strategy ?? placeholder
    this.strategy = this.#strategy.name
    this.#detector = new Detector(recognizers, this.profile)
  }

  /** Synchronous; linear in the length of the text. */
  anonymize(text: string): AnonymizationResult {
    const counts = emptyCounts()
    const spans: PhiSpan[] = []
    const values = this.#detector.detect(text).map((detection) => {
      const { start, end } = detection
      return { ...detection, type: detection.entity as PhiEntity, value: text.slice(start, end) }
    })
    if (values.length === 0) return { text, spans, counts }
    const replace = this.#strategy.openDocument(values)
    let output = ''
    let copied = 0
    for (const phi of values) {
      output += text.slice(copied, phi.start) + replace(phi)
      copied = phi.end
      counts[phi.type]++
      spans.push({
        start: phi.start,
        end: phi.end,
        type: phi.type,
        recognizer: phi.rule,
        confidence: phi.confidence,
      })
    }
    return { text: output + text.slice(copied), spans, counts }
  }
}
