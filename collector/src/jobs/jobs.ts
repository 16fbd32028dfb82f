import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import type { Logger } from 'pino'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import type { Control } from '../control/control.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Pressure } from '../pressure.ts'
import type { Store } from '../store/store.ts'
import { auditRollUpsJob } from './audit-roll-ups.ts'
import { supervise, type JobFacts } from './job.ts'
import { openJudgeThread } from './judge-thread.ts'
import { judgeReleasesJob } from './judge-releases.ts'
import { judgeBeside, replayJudgement, type Replay } from './replay-judgement.ts'
import { trackShiftsJob } from './track-shifts.ts'
import { trackSlosJob } from './track-slos.ts'

export type { JobFacts } from './job.ts'
export type { Replay } from './replay-judgement.ts'

/** The program's periodic work. Each job reads the database and writes what it found; none keeps truth in memory. */
export interface Jobs extends AsyncDisposable {
  facts(): readonly JobFacts[]
  /**
   * Makes the verdict of a release that was valid at a time again; undefined where there was none.
   * Beside the main thread, one at a time with what is judged now.
   */
  replay(
    database: string,
    asked: { service: string; environment: string; version: string; atMs: number },
  ): Promise<Replay | undefined>
  /** The same against a release that somebody names; nothing of it is stored. */
  judgeBeside(
    database: string,
    asked: { service: string; environment: string; version: string; atMs: number },
    baseline: string,
  ): Promise<Judgement | undefined>
}

type Deps = {
  clickhouse: ClickHouse
  control: Control
  journal: Pick<Journal, 'stats'>
  store: Pick<Store, 'audit' | 'facts'>
  pressure: Pick<Pressure, 'sheds'>
  metrics: Metrics
  log: Logger
  now: () => number
}

/** Batches are a second old when they are sealed, and the next one waits a little for the last. */
const BEHIND_MS = 2000

export function startJobs(deps: Deps): Jobs {
  const { journal, store, now } = deps
  const isBehind = () => {
    const { oldestMs } = journal.stats()
    const ageMs = oldestMs === undefined ? 0 : now() - oldestMs
    return ageMs > BEHIND_MS && store.facts().waitingUnits > 0
  }
  const stopping = new AbortController()
  const thread = openJudgeThread(deps.clickhouse.connection)
  const jobs = [
    judgeReleasesJob({ ...deps, judge: thread.judge }),
    auditRollUpsJob(deps),
    trackSlosJob(deps),
    trackShiftsJob(deps),
  ]
  const facts = jobs.map(({ name }): JobFacts => ({
    job: name,
    lastSuccessMs: undefined,
    errors: 0,
  }))
  const running = (async () => {
    await deps.control.ready(stopping.signal)
    await Promise.all(
      jobs.map((job, i) => supervise(job, facts[i]!, stopping.signal, { ...deps, isBehind })),
    )
  })()
  running.catch(() => {}) // `ready` failed: main hears of it itself

  return {
    facts: () => facts,
    replay: (database, asked) =>
      replayJudgement(deps.clickhouse.clients.of(database), asked, (look) =>
        thread.judge({ database, look, reopened: undefined }),
      ),
    judgeBeside: (database, asked, baseline) =>
      judgeBeside(deps.clickhouse.clients.of(database), asked, baseline, (look) =>
        thread.judge({ database, look, reopened: undefined }),
      ),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await thread[Symbol.asyncDispose]()
      await running.catch(() => {})
    },
  }
}
