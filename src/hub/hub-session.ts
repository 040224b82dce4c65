import type { HubSettings } from './hub-settings.js'
import type { RepoReference } from './repo-reference.js'

/** Bytes of a download that runs. */
export interface DownloadProgress {
  readonly doneBytes: number
  readonly totalBytes: number
}

/** One request to the hub for a repository, and who is told about it. */
export interface HubSession {
  readonly settings: HubSettings
  readonly repo: RepoReference
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  /** Gets a sentence for the user: an unreachable server, a lock that another process holds. */
  readonly onNotice?: ((text: string) => void) | undefined
  /** Pause before the second attempt, doubled each time. Default 1000. */
  readonly retryMs?: number | undefined
  /** A connection silent for so long is given up. Default 30 000. */
  readonly stallMs?: number | undefined
}
