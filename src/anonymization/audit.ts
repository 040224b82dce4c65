import { createHash } from 'node:crypto'
import type { AnonymizationResult, Anonymizer } from './anonymizer.js'
import { recognizers } from './recognizers/index.js'
import type { UserPattern } from './user-pattern.js'

/** What was done to a set of documents: figures only, no value and no place in a text. */
export interface AuditReport {
  readonly documents: number
  readonly documentsWithFindings: number
  readonly byType: Readonly<Record<string, number>>
  readonly byRecognizer: Readonly<Record<string, number>>
  readonly byConfidence: Readonly<Record<string, number>>
  readonly profile: string
  readonly strategy: string
  /** SHA-256 over profile, strategy, every active rule and pattern: equal hashes, equal behaviour. */
  readonly configurationHash: string
}

/** Adds up what an anonymizer does, for the record that must be kept. */
export class Audit {
  readonly #anonymizer: Anonymizer<string>
  readonly #byType: Record<string, number> = {}
  readonly #byRecognizer: Record<string, number> = {}
  readonly #byConfidence: Record<string, number> = {}
  #documents = 0
  #withFindings = 0

  constructor(anonymizer: Anonymizer<string>) {
    this.#anonymizer = anonymizer
  }

  add({ spans }: Pick<AnonymizationResult<string>, 'spans'>): void {
    this.#documents++
    if (spans.length > 0) this.#withFindings++
    for (const { type, recognizer, confidence } of spans) {
      this.#byType[type] = (this.#byType[type] ?? 0) + 1
      this.#byRecognizer[recognizer] = (this.#byRecognizer[recognizer] ?? 0) + 1
      this.#byConfidence[confidence] = (this.#byConfidence[confidence] ?? 0) + 1
    }
  }

  /** Takes over what another audit of the same configuration counted. */
  merge(report: AuditReport): void {
    this.#documents += report.documents
    this.#withFindings += report.documentsWithFindings
    addTo(this.#byType, report.byType)
    addTo(this.#byRecognizer, report.byRecognizer)
    addTo(this.#byConfidence, report.byConfidence)
  }

  report(): AuditReport {
    const { profile, strategy, patterns } = this.#anonymizer
    return {
      documents: this.#documents,
      documentsWithFindings: this.#withFindings,
      byType: { ...this.#byType },
      byRecognizer: { ...this.#byRecognizer },
      byConfidence: { ...this.#byConfidence },
      profile,
      strategy,
      configurationHash: configurationHash(profile, strategy, patterns),
    }
  }
}

function addTo(total: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count
}

function configurationHash(profile: string, strategy: string, patterns: readonly UserPattern[]): string {
  const hash = createHash('sha256').update(`${profile}\n${strategy}\n`)
  for (const { entity, rules } of recognizers) {
    for (const rule of rules) {
      const form =
        rule.kind === 'pattern'
          ? rule.regex.source
          : rule.kind === 'label'
            ? `${rule.labels.join(',')} ${rule.value.source}`
            : rule.name
      hash.update(`${entity} ${rule.name} ${rule.since} ${form}\n`)
    }
  }
  for (const { entity, pattern, profile: since } of patterns) hash.update(`${entity} ${since} ${pattern}\n`)
  return hash.digest('hex')
}
