import { setTimeout } from 'node:timers/promises'
import { readCpuMs } from './process-usage.ts'

const STEP_MS = 500
const QUIET_SHARE = 0.1 // of a core
const TIMEOUT_MS = 20_000

/** Waits until a process has next to nothing to do: the merges that a load left behind are made. */
export async function settle(pid: number, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + TIMEOUT_MS
  for (let before = readCpuMs(pid); performance.now() < untilMs;) {
    await setTimeout(STEP_MS, undefined, { signal })
    const now = readCpuMs(pid)
    if (now - before < STEP_MS * QUIET_SHARE) return
    before = now
  }
}
