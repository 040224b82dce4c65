import { parentPort, workerData } from 'node:worker_threads'
import { anonymizeLine, type LineOptions } from './anonymize-lines.js'
import { Anonymizer } from './anonymizer.js'
import { Audit } from './audit.js'
import type { ProfileName } from './profiles.js'
import { createStrategy, type StrategyName } from './strategies/index.js'
import type { StrategyOptions } from './strategies/strategy.js'
import type { UserPattern } from './user-pattern.js'

/** What a worker is started with; a strategy itself cannot be sent to one. */
export interface LineWorkerData extends Omit<LineOptions, 'onResult'> {
  readonly profile: ProfileName
  readonly strategy: StrategyName
  readonly strategyOptions: StrategyOptions
  readonly patterns: readonly UserPattern[]
}

/** A batch of lines and the number of the first. */
export interface LineBatch {
  readonly firstNumber: number
  readonly lines: readonly string[]
}

/** The anonymized lines of a batch, or the failure of one of them. */
export type LineBatchResult =
  | { readonly output: readonly string[]; readonly audit: ReturnType<Audit['report']> }
  | { readonly error: { readonly code: string; readonly message: string } }

if (parentPort !== null) {
  const port = parentPort
  const { profile, strategy, strategyOptions, patterns, ...options } = workerData as LineWorkerData
  const anonymizer = new Anonymizer({
    profile,
    patterns,
    strategy: createStrategy(strategy, strategyOptions),
  })
  port.on('message', ({ firstNumber, lines }: LineBatch) => {
    const audit = new Audit(anonymizer)
    try {
      const withAudit = { ...options, onResult: (result: Parameters<Audit['add']>[0]) => audit.add(result) }
      const output = lines.map((line, index) =>
        anonymizeLine(line, firstNumber + index, anonymizer, withAudit),
      )
      port.postMessage({ output, audit: audit.report() } satisfies LineBatchResult)
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      port.postMessage({ error: { code, message } } satisfies LineBatchResult)
    }
  })
}
