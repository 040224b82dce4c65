import type { TextRange } from './recognizer.js'

// Written for this list rather than for people: what these match is never an identifier of a person.
const patterns: readonly RegExp[] = [
  // Placeholders, tokens and hashes this module writes, and other bracketed capitals.
  /\[[A-Z][A-Z_]{1,30}(?:[_:][0-9A-Za-z]{1,64})?\]/g,
  /\b10\.\d{4,9}\/[^\s"<>\]]{1,120}/g,
  /\b(?:PMID|PMCID|PMC|NCT|ACTRN|ISRCTN|UMIN|ChiCTR|DRKS|KCT|IRCT|TCTR|NTR|NL|CTRI|EUCTR|CRD|RBR|PACTR|JPRN|EudraCT|GSE|GSM|CAAE|ISSN|ISBN|OMIM|MIM|ATCC|RRID|GenBank)(?:[-/]?\d|[ :#-]{1,3}(?:[nN][º°o.]{1,2} ?|number |ID:? ?)?(?:[A-Za-z]{1,6}[-/ ]?)?\d)[\dA-Za-z./-]{0,30}/g,
  // A plate may begin with these letters: `CAS-2869`.
  /\bCAS[ :#-]{1,3}(?:[nN][º°o.]{1,2} ?)?\d{2,7}-\d{2}-\d\b/g,
  /\brs\d{2,12}\b/g,
  /\bE\.?C\.? ?\d{1,2}(?:\.\d{1,3}){2,3}/g,
  /\b(?:doi|DOI)[: ]{1,2}\S{1,120}/g,
]

/** Ranges that no rule may touch: placeholders, DOIs, trial, publication, gene and enzyme numbers. */
export function findProtected(text: string): TextRange[] {
  const ranges: TextRange[] = []
  for (const pattern of patterns) {
    pattern.lastIndex = 0
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text))
      ranges.push({ start: match.index, end: match.index + match[0].length })
  }
  return ranges
}
