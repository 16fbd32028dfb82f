import { EventEmitter, once } from 'node:events'
import type { EngineLog, EngineState } from './embedded-clickhouse.ts'
import type { EngineError } from './engine-error.ts'
import type { EngineEnd, EngineProcess } from './engine-process.ts'
import type { RunWatch } from './run-watch.ts'
import { planRestart, stableMs } from './restart-plan.ts'

/** Keeps one engine running. */
export interface Supervisor {
  readonly state: EngineState
  readonly pid: number | undefined
  readonly restarts: number
  readonly crashes: number
  up: (signal?: AbortSignal) => Promise<void>
  onStateChange: (listener: (state: EngineState) => void) => () => void
  /** Ends the engine in order, for good. */
  stop: () => Promise<void>
}

const lockMsMax = 15_000
const lockRetryMs = 500

export function superviseEngine({
  beforeSpawn,
  spawn,
  watch,
  explain,
  log,
  nowMs,
  pause,
}: {
  beforeSpawn?: (() => Promise<unknown> | undefined) | undefined
  spawn: () => EngineProcess
  watch: RunWatch
  /** Why an engine that never answered ended, if it said. */
  explain: (end: EngineEnd) => EngineError | undefined
  log: EngineLog
  nowMs: () => number // monotonic
  /** Resolves after `ms`, or when aborted. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>
}): Supervisor {
  const events = new EventEmitter<{ state: [EngineState] }>().setMaxListeners(0)
  const stopping = new AbortController()
  let state: EngineState = 'starting'
  let engine: EngineProcess | undefined
  let restarts = 0
  let crashes = 0
  let failure: EngineError | undefined
  let deathsMs: number[] = []

  const running = run()

  async function run(): Promise<void> {
    const firstMs = nowMs()
    let everUp = false
    while (!stopping.signal.aborted) {
      const { end, upMs } = await runOnce()
      everUp ||= upMs !== undefined
      if (stopping.signal.aborted) break

      const reason = upMs === undefined ? explain(end) : undefined
      if (!everUp && reason !== undefined) {
        if (reason.code !== 'locked' || nowMs() - firstMs >= lockMsMax) {
          failure = reason
          break
        }
        // The engine of a killed parent may be closing still.
        log.debug({ reason: reason.message }, 'engine directory is locked, waiting')
        await pause(lockRetryMs, stopping.signal)
        continue
      }
      await pause(planAfter(end, reason, upMs), stopping.signal)
      if (!stopping.signal.aborted) restarts++
    }
    setState('stopped')
  }

  async function runOnce(): Promise<{ end: EngineEnd; upMs: number | undefined }> {
    let upMs: number | undefined
    try {
      if (beforeSpawn !== undefined) {
        await beforeSpawn()
        stopping.signal.throwIfAborted() // nobody would stop an engine that starts now
      }
      engine = spawn()
      log.info({ pid: engine.pid }, 'engine started')
      const end = await watch(engine, () => {
        upMs = nowMs()
        setState('up')
      })
      return { end, upMs }
    } catch (error) {
      // No file handle, no process: as a death, tried again.
      return { end: { code: null, signal: null, stderr: String(error) }, upMs }
    } finally {
      engine = undefined
    }
  }

  /** How long to wait after a death, in ms. */
  function planAfter(end: EngineEnd, reason: Error | undefined, upMs: number | undefined): number {
    const diedMs = nowMs()
    if (upMs !== undefined && diedMs - upMs >= stableMs) deathsMs = []
    deathsMs = [...deathsMs, diedMs].slice(-20) // bounded; the plan looks at the last few
    const plan = planRestart(deathsMs, state === 'down')
    const { code, signal } = end
    if (isOwnFault(end)) crashes++
    const said = reason?.message ?? end.stderr.trim().split('\n').at(-1)
    log.error({ code, signal, said, retryMs: plan.delayMs }, 'engine died, starting it again')
    setState(plan.down ? 'down' : 'starting')
    return plan.delayMs
  }

  function setState(next: EngineState): void {
    if (next === state) return
    state = next
    log.info({ state }, 'engine changed state')
    events.emit('state', state)
  }

  return {
    get state() {
      return state
    },
    get pid() {
      return engine?.pid
    },
    get restarts() {
      return restarts
    },
    get crashes() {
      return crashes
    },
    async up(signal) {
      while (state !== 'up') {
        if (state === 'stopped') throw failure ?? new Error('The engine was stopped.')
        signal?.throwIfAborted()
        await once(events, 'state', signal === undefined ? {} : { signal }).catch(() => {
          signal?.throwIfAborted() // the only way this rejects
        })
      }
    },
    onStateChange(listener) {
      events.on('state', listener)
      return () => events.off('state', listener)
    },
    async stop() {
      stopping.abort()
      await engine?.stop()
      await running
    },
  }
}

/** It fell over what it was doing. A kill comes from outside: a person, or a machine out of memory. */
function isOwnFault({ code, signal }: EngineEnd): boolean {
  if (signal !== null) return !['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'].includes(signal)
  return code !== null && code !== 0
}
