/** What keeps an engine from starting, as a caller tells them apart. */
export type EngineErrorCode =
  | 'unsupported_platform' // no library for this machine: use a server instead
  | 'port_taken'
  | 'locked' // another instance runs on the directory
  | 'disk_full'
  | 'older_engine' // a newer engine wrote the data
  | 'bad_config' // the engine refused to start; the message carries its own line

/** A start that trying again will not mend. The message is a sentence for the person at the terminal. */
export class EngineError extends Error {
  readonly code: EngineErrorCode

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EngineError'
    this.code = code
  }
}
