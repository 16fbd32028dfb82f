/** Another process holds the journal. The program ends with exit code 3. */
export class JournalLocked extends Error {
  override name = 'JournalLocked'
  readonly holderPid: number | undefined

  constructor(dir: string, holderPid: number | undefined) {
    const holder = holderPid === undefined ? 'another process' : `process ${holderPid}`
    super(`The journal in ${dir} is in use by ${holder}. Stop it, or use another data directory.`)
    this.holderPid = holderPid
  }
}

/** The journal was written by a newer version of the program. */
export class JournalTooNew extends Error {
  override name = 'JournalTooNew'

  constructor(path: string, version: number) {
    super(`${path} has format version ${version}, newer than this program knows. Update Aftermath.`)
  }
}

/** The disk failed under the request: it is not stored, and the sender may try again. */
export class JournalBroken extends Error {
  override name = 'JournalBroken'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number, cause: unknown) {
    super('The journal could not be written to disk. See the log of the disk.', { cause })
    this.retryAfterMs = retryAfterMs
  }
}
