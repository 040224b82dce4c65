import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Anonymizer } from './anonymizer.js'
import { Audit } from './audit.js'
import { findPatternFault } from './linear-pattern.js'
import { findRe2, parseUserPatterns, toRecognizers } from './user-pattern.js'

const staffNumber = { entity: 'MATRICULA_INTERNA', pattern: String.raw`\bMT-\d{4,6}\b` } as const

describe('a pattern of the user', () => {
  test('is replaced, counted, audited', () => {
    const anonymizer = new Anonymizer({ patterns: [staffNumber] })
    const result = anonymizer.anonymize('MT-12345 em 15/03/2024, MT‑777')
    expect(result.text).toBe('[MATRICULA_INTERNA] em [DATA], MT‑777')
    const own: number = result.counts.MATRICULA_INTERNA
    expect([own, result.counts.DATA]).toEqual([1, 1])
    expect(result.spans[0]).toMatchObject({
      ...{ start: 0, end: 8, type: 'MATRICULA_INTERNA', recognizer: 'MATRICULA_INTERNA/pattern-1' },
    })
    expect(anonymizer.anonymize(result.text).spans).toEqual([])
    const audit = new Audit(anonymizer)
    audit.add(result)
    const report = audit.report()
    expect(report.byType).toEqual({ MATRICULA_INTERNA: 1, DATA: 1 })
    expect(report.configurationHash).not.toBe(new Audit(new Anonymizer()).report().configurationHash)
  })

  test('is counted with 0 where it does not occur; other kinds are no property of the counts', () => {
    const { counts } = new Anonymizer({ patterns: [staffNumber] }).anonymize('nada')
    expect(counts.MATRICULA_INTERNA).toBe(0)
    // @ts-expect-error no pattern has this kind
    expect(counts.OUTRA).toBeUndefined()
    expect('MATRICULA_INTERNA' in new Anonymizer().anonymize('nada').counts).toBe(false)
  })

  test('starts at its profile, leaves protected text alone, wins over a rule of equal strength', () => {
    const patterns = [{ ...staffNumber, profile: 'clinical' as const }]
    expect(new Anonymizer({ patterns }).anonymize('MT-12345').text).toBe('MT-12345')
    expect(new Anonymizer({ patterns, profile: 'clinical' }).anonymize('MT-12345').text).toBe(
      '[MATRICULA_INTERNA]',
    )
    const digits = new Anonymizer({ patterns: [{ entity: 'RAMAL', pattern: String.raw`\d{3}-\d{3}-\d{4}` }] })
    expect(digits.anonymize('10.1000/555-123-4567 555-123-4567').text).toBe('10.1000/555-123-4567 [RAMAL]')
    expect(digits.anonymize('tel: 555-123-4567').text).toBe('tel: [TELEFONE]')
  })

  test('is in the way of no type: an anonymizer with patterns goes where one without goes', () => {
    const anonymizers: Anonymizer<string>[] = [new Anonymizer(), new Anonymizer({ patterns: [staffNumber] })]
    expect(anonymizers.map((anonymizer) => anonymizer.patterns.length)).toEqual([0, 1])
  })
})

describe('the guard', () => {
  test.each([
    ['(a+)+$', 'bounded quantifiers', '\\+ at character 3'],
    ['a*', 'bounded quantifiers', '\\* at character 2'],
    ['\\d{3,}', 'bounded quantifiers', '\\{3,\\} at character 3'],
    ['(?<=a+)b', 'look-behind of bounded length', '\\+ at character 6'],
    ['(a)\\1', 'no backreference', '\\\\1'],
    ['(?<x>a)\\k<x>', 'no backreference', '\\\\k'],
    ['(a{1,30}){1,30}b', 'steps', 'nested or neighbouring'],
    ['(?:a|a){30}b', 'steps', 'nested or neighbouring'],
    ['(?:a?){30}a{30}', 'steps', 'nested or neighbouring'],
    ['a{0,50}a{0,50}a{0,50}b', 'steps', 'nested or neighbouring'],
    ['a?', 'at least one character', 'empty'],
    ['(?=a)', 'at least one character', 'empty'],
    ['[', 'valid with the flag u', '1 characters'],
  ])('refuses %s', (pattern, rule, got) => {
    const code = expect.objectContaining({ code: 'INVALID_ARGUMENT' })
    const make = () => toRecognizers([{ entity: 'X_Y', pattern }], null)
    expect(make).toThrow(code)
    expect(make).toThrow(new RegExp(`^pattern 1 must .*${rule}.*; got .*${got}`))
  })

  test.each([
    String.raw`\bMT-\d{4,6}\b`,
    String.raw`(?<![\p{L}\d])[A-Z]{2}\d{6}(?:-\d)?(?!\d)`,
    String.raw`(?:\d{1,3}\.){2}\d{3}-[\dX]`,
    String.raw`\d(?:[ -]?\d){6,9}`,
    String.raw`(?<=matr[íi]cula:? {0,3})[\]+*\\]\d{1,9}`,
    String.raw`\u{41}\x42\u0043[^)(|{}]{1,20}?`,
    '(?:PRT|EST|PESQ)-(?<year>20\\d{2})',
  ])('lets %s pass', (pattern) => {
    expect(findPatternFault(pattern)).toBeUndefined()
    expect(toRecognizers([{ entity: 'X_Y', pattern }], null)).toHaveLength(1)
  })

  test.each(['matricula', 'X', '[X_Y]', 'A1_B', 'A'.repeat(40)])('refuses the kind %s', (entity) => {
    expect(() => toRecognizers([{ entity, pattern: 'abc' }])).toThrow('must have an entity of')
  })

  test('what it lets pass is quick on the worst text for it', () => {
    const anonymizer = new Anonymizer({ patterns: [{ entity: 'X_Y', pattern: 'a{0,40}a{0,40}b' }] })
    expect(anonymizer.anonymize('a'.repeat(20_000)).spans).toEqual([])
  })
})

describe('re2', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'medtune-re2-'))
  const from = path.join(folder, 'index.js')
  test('is found where it is installed', () => {
    expect(findRe2(from)).toBeNull()
    const folderOfPackage = path.join(folder, 'node_modules/re2')
    mkdirSync(folderOfPackage, { recursive: true })
    // An engine that refuses what RE2 refuses, so that both ways are taken.
    writeFileSync(
      path.join(folderOfPackage, 'index.js'),
      String.raw`module.exports = class extends RegExp {
        constructor(source, flags) {
          if (/\\\d|\(\?<?[=!]/.test(String(source))) throw new SyntaxError('invalid perl operator')
          super(source, flags)
        }
      }`,
    )
    const Re2 = findRe2(from)
    expect(toRecognizers([{ entity: 'X_Y', pattern: 'MT\\d+' }], Re2)).toHaveLength(1)
    expect(() => toRecognizers([{ entity: 'X_Y', pattern: '(M)\\1' }], Re2)).toThrow('no backreference')
    expect(toRecognizers([{ entity: 'X_Y', pattern: '(?<=M)T{1,3}' }], Re2)).toHaveLength(1)
    expect(() => toRecognizers([{ entity: 'X_Y', pattern: 'T*' }], Re2)).toThrow('bounded quantifiers')
  })
})

describe('a list in JSON', () => {
  test('is read', () => {
    const list = [staffNumber, { ...staffNumber, profile: 'literature' }]
    expect(parseUserPatterns(JSON.stringify(list))).toEqual(list)
  })
  test.each([
    ['{"entity": "secret', 'characters that are no JSON'],
    ['{"entity": "A_B", "pattern": "x"}', 'type object'],
    ['[{"entity": "A_B"}]', 'item 1'],
    ['[{"entity": "A_B", "pattern": "x", "profile": "other"}]', 'item 1'],
    ['[{"entity": "A_B", "pattern": "x", "flags": "i"}]', 'item 1'],
    ['[null]', 'item 1'],
  ])('%s is refused', (json, got) => {
    expect(() => parseUserPatterns(json)).toThrow(got)
    expect(() => parseUserPatterns(json)).not.toThrow('secret')
  })
})
