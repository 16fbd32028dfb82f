import { statSync } from 'node:fs'
import type { EngineLog } from './embedded-clickhouse.ts'
import type { EngineEnd, EngineProcess } from './engine-process.ts'
import { hangs, type Look } from './hang-watch.ts'

/** Watches one run of the engine until it has ended; kills it when it hangs. */
export type RunWatch = (engine: EngineProcess, onUp: () => void) => Promise<EngineEnd>

const startPollMs = 25
const startPollMsMax = 500
const startMsMax = 60_000
const startMsMaxLoading = 15 * 60_000 // as long as its log moves
const lookEveryMs = 5_000
const answerMsMax = 5_000

export function createRunWatch({
  answers,
  readCpuMs,
  logFile,
  log,
  nowMs,
  pause,
}: {
  answers: (timeoutMs: number) => Promise<boolean>
  readCpuMs: (pid: number) => number | undefined
  logFile: string
  log: EngineLog
  nowMs: () => number // monotonic
  /** Resolves after `ms`, or when aborted. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>
}): RunWatch {
  return async (engine, onUp) => {
    const over = new AbortController()
    const ended = engine.ended.finally(() => over.abort())
    if (await comesUp(over.signal)) {
      onUp()
      await staysUp(engine.pid, over.signal)
    }
    if (!over.signal.aborted) engine.kill()
    return ended
  }

  /** False when it did not come up in time, or ended. */
  async function comesUp(over: AbortSignal): Promise<boolean> {
    const startedMs = nowMs()
    let movedMs = startedMs
    let logBytes = sizeOf(logFile)
    let pollMs = startPollMs
    while (!over.aborted) {
      if (await answers(answerMsMax)) return !over.aborted
      await pause(pollMs, over)
      pollMs = Math.min(pollMs * 1.2, startPollMsMax)

      const bytes = sizeOf(logFile)
      if (bytes !== logBytes) movedMs = nowMs()
      logBytes = bytes
      if (nowMs() - movedMs >= startMsMax || nowMs() - startedMs >= startMsMaxLoading) {
        log.error({ waitedMs: nowMs() - startedMs }, 'engine does not come up, ending it')
        return false
      }
    }
    return false
  }

  /** Returns when it hangs or has ended. */
  async function staysUp(pid: number | undefined, over: AbortSignal): Promise<void> {
    let looks: Look[] = []
    while (true) {
      await pause(lookEveryMs, over)
      if (over.aborted) return
      const answered = await answers(answerMsMax)
      const cpuMs = pid === undefined ? undefined : readCpuMs(pid)
      const look = { atMs: nowMs(), answered, cpuMs }
      looks = answered ? [look] : [...looks, look] // bounded by the five minutes of silence
      if (!hangs(looks)) continue
      if (!over.aborted) log.error({ misses: looks.length }, 'engine hangs, ending it')
      return
    }
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
