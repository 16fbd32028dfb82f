import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { readCpuMs } from './cpu-time.ts'
import { lockDirectory } from './directory-lock.ts'
import {
  adminName,
  readerName,
  renderConfig,
  renderUsers,
  secretHeader,
  type EngineSecrets,
} from './engine-config.ts'
import { prepareDirectory, writePrivate, type EngineFiles } from './engine-files.ts'
import { answers } from './engine-probe.ts'
import { spawnEngine } from './engine-process.ts'
import { claimVersion } from './engine-version.ts'
import { choosePort } from './free-port.ts'
import { planMemory, readMachineBytes } from './memory-plan.ts'
import { pause } from './pause.ts'
import { findEngineLibrary, readPlatformFacts, type EngineLibrary } from './platform.ts'
import { createRunWatch } from './run-watch.ts'
import { diskFull, startFailure } from './start-failure.ts'
import { superviseEngine } from './supervisor.ts'

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
  /** A user who may read `readableDatabases`, for 30 s and 1 GB a query, and write nothing. */
  readonly reader: EngineConnection
  /** Version of the engine's library, e.g. `26.7.3-stable.1`. */
  readonly version: string
  readonly state: EngineState
  /** The engine's process; undefined while none runs. */
  readonly pid: number | undefined
  /** Starts after the first one. */
  readonly restarts: number
  /** Times that it ended by its own fault, not by a signal from outside. */
  readonly crashes: number

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
  /** What `reader` may read; they need not exist yet. */
  readableDatabases?: readonly string[]
  /** Awaited before each start of the process; a rejection counts as a start that failed. */
  beforeSpawn?: () => Promise<unknown> | undefined
  /** Stops the engine when aborted, as disposing does. */
  signal?: AbortSignal
}

/**
 * Starts an engine on `dataDir` and keeps it running until disposed. Resolves before the engine
 * answers: wait with `up`.
 *
 * Close what keeps connections open before disposing: the engine waits up to 5 s for them.
 *
 * @throws EngineError when no engine can run here: platform, directory, version, port or disk
 */
export async function startEmbeddedClickHouse(options: EngineOptions): Promise<EmbeddedClickHouse> {
  const { log, signal } = options
  const dataDir = resolve(options.dataDir)
  const library = findEngineLibrary(readPlatformFacts())
  const port = await choosePort(options.httpPort ?? 0)
  const secrets = createSecrets()
  const { files, lock } = claimDirectory({ dataDir, library, port, secrets, options })
  const connectionOf = (username: string, password: string) => ({
    url: `http://127.0.0.1:${port}`,
    username,
    password,
    headers: { [secretHeader]: secrets.header },
  })
  const connection = connectionOf(adminName, secrets.adminPassword)

  const nowMs = () => performance.now()
  const supervisor = superviseEngine({
    beforeSpawn: options.beforeSpawn,
    spawn: () => spawnEngine({ library: library.path, files }),
    watch: createRunWatch({
      answers: (timeoutMs) => answers(connection, timeoutMs),
      readCpuMs,
      logFile: files.log,
      log,
      nowMs,
      pause,
    }),
    explain: ({ stderr }) =>
      startFailure({ stderr, port, dataDir, lockPid: readLockPid(files.storeStatus) }),
    log,
    nowMs,
    pause,
  })
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= supervisor.stop().finally(() => lock[Symbol.dispose]()))
  signal?.addEventListener('abort', () => void stop(), { once: true })

  return {
    connection,
    reader: connectionOf(readerName, secrets.readerPassword),
    version: library.version,
    get state() {
      return supervisor.state
    },
    get pid() {
      return supervisor.pid
    },
    get restarts() {
      return supervisor.restarts
    },
    get crashes() {
      return supervisor.crashes
    },
    up: supervisor.up,
    onStateChange: supervisor.onStateChange,
    [Symbol.asyncDispose]: stop,
  }
}

/** Makes the directory this process's own and writes what the engine reads at its start. */
function claimDirectory({
  dataDir,
  library,
  port,
  secrets,
  options,
}: {
  dataDir: string
  library: EngineLibrary
  port: number
  secrets: EngineSecrets
  options: EngineOptions
}): { files: EngineFiles; lock: Disposable } {
  try {
    const files = prepareDirectory(dataDir)
    using undo = new DisposableStack()
    const lock = undo.use(lockDirectory({ file: files.lock, directory: dataDir }))
    claimVersion({ file: files.version, version: library.version })
    const memory = planMemory({
      machineBytes: readMachineBytes(),
      engineBytesMax: options.memoryBytesMax,
    })
    const cores = availableParallelism()
    writePrivate(files.config, renderConfig({ files, port, secrets, memory, cores }))
    const readableDatabases = options.readableDatabases ?? []
    writePrivate(files.users, renderUsers({ secrets, readableDatabases }))
    writePrivate(files.listen, 'SYSTEM START LISTEN HTTP\n')
    undo.move()
    return { files, lock }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code // set where the system refused
    if (code === 'ENOSPC' || code === 'EDQUOT') throw diskFull(dataDir, { cause: error })
    throw error
  }
}

function createSecrets(): EngineSecrets {
  const secret = () => randomBytes(32).toString('hex')
  return { header: secret(), adminPassword: secret(), readerPassword: secret() }
}

/** The process that the engine's own lock file names: "PID: 4711" on its first line. */
function readLockPid(statusFile: string): number | undefined {
  if (!existsSync(statusFile)) return undefined
  return Number(/^PID: (\d+)/.exec(readFileSync(statusFile, 'utf8'))?.[1]) || undefined
}
