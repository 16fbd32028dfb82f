export { EngineError, type EngineErrorCode } from './engine-error.ts'

/**
 * A real ClickHouse in a supervised child process, reachable over HTTP on the loopback interface by
 * whoever knows `connection`, and by nobody else.
 *
 * Invariants: one engine per data directory; an engine never outlives the process that started it,
 * however that one died; `connection` stays the same over restarts.
 */
export interface EmbeddedClickHouse extends AsyncDisposable {
  readonly connection: EngineConnection
  /** Version of the engine's library, e.g. `26.7.3-stable.1`. */
  readonly version: string
  readonly state: EngineState
  /** The engine's process; undefined while none runs. */
  readonly pid: number | undefined
  /** Starts after the first one. */
  readonly restarts: number

  /**
   * Resolves as soon as the engine answers, at once when it does already.
   * @throws EngineError when the first start failed for a reason that trying again will not mend
   * @throws the signal's reason when aborted
   */
  up(signal?: AbortSignal): Promise<void>

  /** Calls `listener` after each change of `state`. Returns a function that ends it. */
  onStateChange(listener: (state: EngineState) => void): () => void
}

/** `down`: died five times in two minutes; tried again every 30 s. `stopped`: for good. */
export type EngineState = 'starting' | 'up' | 'down' | 'stopped'

export interface EngineConnection {
  url: string
  username: string
  password: string
  /** To be sent with every request: without them the engine answers 404. */
  headers: Record<string, string>
}

/** The part of a pino logger that is used. */
export interface EngineLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface EngineOptions {
  /** Made when missing; everything of the engine lies in it. */
  dataDir: string
  log: EngineLog
  /** Default: 45 % of the memory this machine or control group has. */
  memoryBytesMax?: number
  /** 0, the default: a free one. */
  httpPort?: number
  /** Stops the engine when aborted, as disposing does. */
  signal?: AbortSignal
}

/**
 * Starts an engine on `dataDir` and keeps it running until disposed. Resolves before the engine
 * answers: wait with `up`.
 *
 * @throws EngineError when no engine can run here: platform, port, directory or disk
 */
export type StartEmbeddedClickHouse = (options: EngineOptions) => Promise<EmbeddedClickHouse>
