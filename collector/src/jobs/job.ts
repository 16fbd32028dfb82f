import type { Logger } from 'pino'
import { backoffMs } from '../backoff.ts'
import { delay } from '../delay.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Pressure } from '../pressure.ts'
import { inSpan } from '../observe/span.ts'

/** Periodic work. A run that fails is logged and tried again later; it never ends the program. */
export interface Job {
  name: string
  intervalMs: number
  /** @param letDataPass to be awaited before each part of a long run, see {@link dataFirst} */
  run: (signal: AbortSignal, letDataPass: () => Promise<void>) => Promise<void>
}

export interface JobFacts {
  job: string
  lastSuccessMs: number | undefined
  errors: number
}

type Deps = {
  pressure: Pick<Pressure, 'sheds'>
  /** Whether acknowledged data waits for its tables. */
  isBehind: () => boolean
  log: Logger
  metrics: Metrics
  now: () => number
}

/** How soon a job looks again whether there is room for it. */
const SHED_MS = 1000
/** How soon waiting data is looked at again. */
const BEHIND_MS = 100
/** So long data goes first in one run. Under a load that never ends jobs still run, only less often. */
const BEHIND_MS_MAX = 15_000

/** Runs a job until aborted: one run at a time, the pause counts from the end of a run. */
export async function supervise(
  job: Job,
  facts: JobFacts,
  signal: AbortSignal,
  { pressure, isBehind, log, metrics, now }: Deps,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    if (pressure.sheds('jobs')) {
      await delay(SHED_MS, signal).catch(() => {}) // aborted: the loop ends
      continue
    }
    try {
      await inSpan(`job ${job.name}`, {}, () =>
        job.run(
          signal,
          dataFirst(isBehind, (ms) => delay(ms, signal)),
        ),
      )
      failures = 0
      facts.lastSuccessMs = now()
      metrics.jobLastSuccess.set({ job: job.name }, now() / 1000)
    } catch (error) {
      if (signal.aborted) return
      failures++
      facts.errors++
      metrics.jobErrors.inc({ job: job.name })
      log.warn({ err: error, job: job.name, failures }, 'A job failed, it is tried again')
    }
    const pauseMs = failures === 0 ? job.intervalMs : backoffMs(failures)
    await delay(pauseMs, signal).catch(() => {}) // aborted: the loop ends
  }
}

/**
 * Waits while acknowledged data waits for its tables: a run would compete with it, and lack it.
 *
 * @param pause rejects when the run is to end
 */
export function dataFirst(
  isBehind: () => boolean,
  pause: (ms: number) => Promise<void>,
): () => Promise<void> {
  let waitedMs = 0
  return async () => {
    for (; isBehind() && waitedMs < BEHIND_MS_MAX; waitedMs += BEHIND_MS) await pause(BEHIND_MS)
  }
}
