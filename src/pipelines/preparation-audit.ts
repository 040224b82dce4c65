import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Anonymizer } from '../anonymization/anonymizer.js'
import { Audit, type AuditReport } from '../anonymization/audit.js'
import type { ProfileName } from '../anonymization/profiles.js'
import { writeFileAtomically } from '../atomic-file.js'
import type { TextAnonymizer } from '../datasets/anonymized-article.js'

const auditFile = 'anonymization_audit.json'

/** An anonymizer that keeps count of what it does, for the record beside the prepared data. */
export function auditedAnonymizer(
  profile: ProfileName | undefined,
): TextAnonymizer & { report(): AuditReport } {
  const anonymizer = new Anonymizer(profile === undefined ? {} : { profile })
  const audit = new Audit(anonymizer)
  return {
    anonymize(text) {
      const result = anonymizer.anonymize(text)
      audit.add(result)
      return result
    },
    report: () => audit.report(),
  }
}

/** @throws FILE_UNWRITABLE */
export async function writePreparationAudit(directory: string, report: AuditReport): Promise<void> {
  await writeFileAtomically(path.join(directory, auditFile), `${JSON.stringify(report, null, 2)}\n`)
}

/** The counts that `prepareDataset` left beside its files; undefined where data was prepared otherwise. */
export async function readPreparationAudit(directory: string): Promise<AuditReport | undefined> {
  try {
    const report = JSON.parse(await readFile(path.join(directory, auditFile), 'utf8')) as AuditReport
    return typeof report.configurationHash === 'string' ? report : undefined
  } catch {
    return undefined
  }
}
