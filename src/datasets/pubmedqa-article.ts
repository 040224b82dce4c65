/** A yes/no/maybe verdict, the gold label of PubMedQA. */
export type Decision = 'yes' | 'no' | 'maybe'

/** One record of `ori_pqal.json`, checked, in our names. Jin et al. 2019, https://arxiv.org/abs/1909.06146 */
export interface PubMedQaArticle {
  /** PMID. */
  readonly id: string
  readonly question: string
  /** Sections of the abstract without its conclusion. */
  readonly contexts: readonly string[]
  /** Section names, one per context. */
  readonly labels: readonly string[]
  /** MeSH terms. */
  readonly meshes: readonly string[]
  readonly year?: string
  readonly finalDecision?: Decision
  /** The abstract's conclusion. */
  readonly longAnswer: string
}

/** Why a record was left out: its id, the field on disk and the rule it breaks; never its text. */
export interface RecordProblem {
  readonly id: string
  readonly field: string
  readonly rule: string
}

const decisions: readonly string[] = ['yes', 'no', 'maybe']

/**
 * Checks one raw record. `QUESTION`, `CONTEXTS` and `LONG_ANSWER` must be there and not blank; the other fields may be
 * missing or null, and must have their type where they are there.
 *
 * @returns the article, or every problem found
 */
export function parseArticle(
  id: string,
  raw: unknown,
): { article: PubMedQaArticle } | { problems: RecordProblem[] } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return { problems: [{ id, field: '(record)', rule: 'must be a JSON object' }] }
  }
  const record: Readonly<Record<string, unknown>> = { ...raw }
  const problems: RecordProblem[] = []
  const check = (field: string, isRight: boolean, rule: string): void => {
    if (!isRight) problems.push({ id, field, rule })
  }
  const { QUESTION, CONTEXTS, LABELS, MESHES, YEAR, LONG_ANSWER, final_decision } = record
  check('QUESTION', isFilledText(QUESTION), textRule)
  check('LONG_ANSWER', isFilledText(LONG_ANSWER), textRule)
  check(
    'CONTEXTS',
    isTextList(CONTEXTS) && CONTEXTS.some(isFilledText),
    'must be a list of texts, one of them not blank',
  )
  check('LABELS', LABELS == null || isTextList(LABELS), 'must be a list of texts')
  check('MESHES', MESHES == null || isTextList(MESHES), 'must be a list of texts')
  check(
    'YEAR',
    YEAR == null || typeof YEAR === 'string' || typeof YEAR === 'number',
    'must be a text or a number',
  )
  check('final_decision', final_decision == null || isDecision(final_decision), 'must be yes, no or maybe')
  if (problems.length > 0) return { problems }
  return {
    article: {
      id,
      question: textOf(QUESTION),
      contexts: listOf(CONTEXTS),
      labels: listOf(LABELS),
      meshes: listOf(MESHES),
      ...(YEAR == null ? {} : { year: String(YEAR) }),
      ...(isDecision(final_decision) ? { finalDecision: final_decision } : {}),
      longAnswer: textOf(LONG_ANSWER),
    },
  }
}

const textRule = 'must be a text that is not blank'

function isFilledText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isDecision(value: unknown): value is Decision {
  return typeof value === 'string' && decisions.includes(value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function listOf(value: unknown): string[] {
  return isTextList(value) ? value : []
}
