import type { ClickHouseClient } from '@clickhouse/client'
import { defaultPolicy } from '@aftermath/analysis/policy'
import type { Logger } from 'pino'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import { databaseOf, type Control, type Project } from '../control/control.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import { readLastVerdicts, readReleaseLines, type ReleaseLine } from '../releases/read-releases.ts'
import type { Job } from './job.ts'
import type { Judged, Look } from './judge-release.ts'
import { writeJudgement } from './write-judgement.ts'

// A verdict follows its data within 10 s: arrival to table takes 1 to 2, judging the rest.
const INTERVAL_MS = 2000
/** Data that arrived while the last look was under way may not have been in it. */
const ARRIVAL_MARGIN_MS = 3000

/** A release that always has new data is looked at again after this, or twenty times what a look takes. */
const REST_MS = 4000
const REST_PER_WORK = 20

type Deps = {
  clickhouse: ClickHouse
  control: Control
  log: Logger
  now: () => number
  judge: (database: string, look: Look) => Promise<Judged | undefined>
}

/** Judges every release that has new data, or a minute that has become old enough to be judged. */
export function judgeReleasesJob({ clickhouse, control, log, now, judge }: Deps): Job {
  /** How each release was last judged: only saves work, a restart judges everything once more. */
  const looks = new Map<string, LastLook>()

  return {
    name: 'judge_releases',
    intervalMs: INTERVAL_MS,
    async run(signal) {
      for (const project of control.projects()) {
        const client = clickhouse.clients.of(databaseOf(project))
        const lines = await readReleaseLines(client, {}, signal)
        for (const line of lines) await judgeLine(client, project, line, lines, signal)
      }
    },
  }

  async function judgeLine(
    client: ClickHouseClient,
    project: Project,
    line: ReleaseLine,
    lines: readonly ReleaseLine[],
    signal: AbortSignal,
  ): Promise<void> {
    const others = lines.filter(
      ({ environment, service }) => environment === line.environment && service !== line.service,
    )
    const keyOf = (release: OrderedRelease) =>
      JSON.stringify([project.slug, line.service, line.environment, release.version])
    const due = line.releases.filter((release) => isDue(release, looks.get(keyOf(release)), now()))
    if (due.length === 0) return

    const rows = await readLastVerdicts(client, line, signal)
    const verdicts = new Map(rows.map(({ version: of, verdict }) => [of, verdict]))
    // Oldest first: a newer release chooses its baseline by the verdicts of the older ones.
    for (const release of due) {
      const startedMs = now()
      const look = { line, others, release, verdicts, nowMs: startedMs }
      const judged = await judge(databaseOf(project), look)
      const last = rows.find((row) => row.version === release.version)
      if (judged !== undefined && JSON.stringify(judged.judgement) !== last?.body) {
        await writeJudgement(client, line, judged)
        verdicts.set(release.version, judged.judgement.verdict)
        logChange(log, line, judged, last?.verdict)
      }
      looks.set(keyOf(release), { atMs: startedMs, durationMs: now() - startedMs })
    }
  }
}

type LastLook = { atMs: number; durationMs: number }

/** New data came, or a minute of it has passed the time that it waits for stragglers. */
function isDue(release: OrderedRelease, last: LastLook | undefined, nowMs: number): boolean {
  const { latenessMs, lifeMinutes } = defaultPolicy
  if (last === undefined) return nowMs - release.firstSeenMs < (lifeMinutes + 24 * 60) * 60_000
  if (nowMs - last.atMs < Math.max(REST_MS, last.durationMs * REST_PER_WORK)) return false
  if (release.lastArrivalMs + ARRIVAL_MARGIN_MS > last.atMs) return true
  const judgedUntil = (atMs: number) => Math.floor((atMs - latenessMs) / 60_000)
  const lastMinute = Math.floor(release.lastSeenMs / 60_000)
  return judgedUntil(last.atMs) <= lastMinute && judgedUntil(nowMs) > judgedUntil(last.atMs)
}

function logChange(
  log: Logger,
  line: ReleaseLine,
  { release, judgement }: Judged,
  before: string | undefined,
) {
  if (before === judgement.verdict) return
  log.info(
    {
      service: line.service,
      environment: line.environment,
      version: release.version,
      before,
      verdict: judgement.verdict,
      severity: judgement.severity,
    },
    'Verdict changed',
  )
}
