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

/** No identifier found, of any kind. */
export function emptyCounts(): Record<PhiEntity, number> {
  return Object.fromEntries(recognizers.map((recognizer) => [recognizer.entity, 0])) as Record<
    PhiEntity,
    number
  >
}

/** Finds identifiers of persons in Portuguese and English text and replaces them: detect → resolve → replace. */
export class Anonymizer {
  readonly profile: ProfileName
  readonly #strategy: Strategy
  readonly #detector: Detector

  constructor(options: AnonymizerOptions = {}) {
    this.profile = options.profile ?? 'literature'
    this.#strategy = options.strategy ?? placeholder
    this.#detector = new Detector(recognizers, this.profile)
  }

  /** Synchronous; linear in the length of the text. */
  anonymize(text: string): AnonymizationResult {
    const counts = emptyCounts()
    const spans: PhiSpan[] = []
    const replace = this.#strategy.openDocument()
    let output = ''
    let copied = 0
    for (const { start, end, entity, rule, confidence } of this.#detector.detect(text)) {
      const type = entity as PhiEntity
      output += text.slice(copied, start) + replace({ start, end, type, value: text.slice(start, end) })
      copied = end
      counts[type]++
      spans.push({ start, end, type, recognizer: rule, confidence })
    }
    return { text: output + text.slice(copied), spans, counts }
  }
}
