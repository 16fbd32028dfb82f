import type { Logger } from 'pino'
import { backoffMs } from '../backoff.ts'
import { delay } from '../delay.ts'
import type { Metrics } from '../observe/metrics.ts'
import { inSpan } from '../observe/span.ts'

/** Periodic work. A run that fails is logged and tried again later; it never ends the program. */
export interface Job {
  name: string
  intervalMs: number
  run: (signal: AbortSignal) => Promise<void>
}

export interface JobFacts {
  job: string
  lastSuccessMs: number | undefined
  errors: number
}

type Deps = { log: Logger; metrics: Metrics; now: () => number }

/** Runs a job until aborted: one run at a time, the pause counts from the end of a run. */
export async function supervise(
  job: Job,
  facts: JobFacts,
  signal: AbortSignal,
  { log, metrics, now }: Deps,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      await inSpan(`job ${job.name}`, {}, () => job.run(signal))
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
