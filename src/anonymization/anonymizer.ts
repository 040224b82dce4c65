import { Detector } from './detector.js'
import type { ProfileName } from './profiles.js'
import type { Confidence, TextRange } from './recognizer.js'
import { type PhiEntity, recognizers } from './recognizers/index.js'
import { placeholder } from './strategies/placeholder.js'
import type { Strategy } from './strategies/strategy.js'
import { toRecognizers, type UserPattern } from './user-pattern.js'

/**
 * A found identifier: where and of what kind, never its text. Offsets are UTF-16 code units of the input.
 * `Custom` are the kinds of user-supplied patterns.
 */
export interface PhiSpan<Custom extends string = never> extends TextRange {
  readonly type: PhiEntity | Custom
  /** The rule that found it, `entity/rule`. */
  readonly recognizer: string
  readonly confidence: Confidence
}

/** An anonymized text and what was done to it. */
export interface AnonymizationResult<Custom extends string = never> {
  readonly text: string
  readonly spans: readonly PhiSpan<Custom>[]
  /** Spans by kind; every kind is listed, also with 0. */
  readonly counts: Readonly<Record<PhiEntity | Custom, number>>
}

export interface AnonymizerOptions<Custom extends string = never> {
  /** Default `literature`. */
  readonly profile?: ProfileName
  /** Default `placeholder`. */
  readonly strategy?: Strategy
  /** Kinds of identifiers beside the built-in ones. */
  readonly patterns?: readonly UserPattern<Custom>[]
}

/** Finds identifiers of persons in Portuguese and English text and replaces them: detect → resolve → replace. */
export class Anonymizer<Custom extends string = never> {
  readonly profile: ProfileName
  /** Name of the strategy. */
  readonly strategy: string
  readonly patterns: readonly UserPattern<Custom>[]
  readonly #strategy: Strategy
  readonly #detector: Detector
  /** No identifier found, of any kind. */
  readonly #noCounts: Readonly<Record<PhiEntity | Custom, number>>

  /** @throws MedtuneError INVALID_ARGUMENT for a pattern that is not bounded or breaks another rule */
  constructor(options: AnonymizerOptions<Custom> = {}) {
    this.profile = options.profile ?? 'literature'
    this.#strategy = options.strategy ?? placeholder
    this.strategy = this.#strategy.name
    this.patterns = options.patterns ?? []
    // Its owner knows a pattern's kind better than a rule for everybody does: first on equal strength and length.
    const active = [...toRecognizers(this.patterns), ...recognizers]
    this.#detector = new Detector(active, this.profile)
    this.#noCounts = Object.fromEntries(active.map(({ entity }) => [entity, 0])) as Record<
      PhiEntity | Custom,
      number
    >
  }

  /** Synchronous; linear in the length of the text. */
  anonymize(text: string): AnonymizationResult<Custom> {
    const counts: Record<PhiEntity | Custom, number> = { ...this.#noCounts }
    const spans: PhiSpan<Custom>[] = []
    const values = this.#detector.detect(text).map((detection) => {
      const { start, end } = detection
      return { ...detection, type: detection.entity as PhiEntity | Custom, value: text.slice(start, end) }
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
