import type { ClickHouseClient } from '@clickhouse/client'
import type { Logger } from 'pino'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import { databaseOf, type Control, type Project } from '../control/control.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import { readLastVerdicts, readReleaseLines, type ReleaseLine } from '../releases/read-releases.ts'
import { watchDirtyMinutes, type DirtyMinutes } from './dirty-minutes.ts'
import { isDue, lookedAt, type LastLook } from './due-look.ts'
import type { Job } from './job.ts'
import type { Judged, Look } from './judge-release.ts'
import { writeJudgements } from './write-judgements.ts'

// A verdict follows its data within 10 s: arrival to table takes 1 to 2, judging the rest.
const INTERVAL_MS = 2000
/** What a round has found so far is written this often: an insert costs as much as many rows. */
const WRITE_EVERY_MS = 1000

type Deps = {
  clickhouse: ClickHouse
  control: Control
  log: Logger
  now: () => number
  judge: (database: string, look: Look) => Promise<Judged | undefined>
}

/** Judges every release of which something changed that a judgement follows from. */
export function judgeReleasesJob({ clickhouse, control, log, now, judge }: Deps): Job {
  /** How each release was last judged: only saves work, a restart judges everything once more. */
  const looks = new Map<string, LastLook>()
  const readDirtyMinutes = watchDirtyMinutes()

  return {
    name: 'judge_releases',
    intervalMs: INTERVAL_MS,
    async run(signal, letDataPass) {
      const dirty = await readDirtyMinutes(clickhouse.clients.control, signal)
      const failures: unknown[] = []
      for (const project of control.projects()) {
        failures.push(...(await judgeProject(project, dirty, signal, letDataPass)))
      }
      if (failures.length > 0) {
        throw new AggregateError(failures, 'Some releases could not be judged', {
          cause: failures[0],
        })
      }
    },
  }

  /** @returns what failed: one service that cannot be read holds up no other */
  async function judgeProject(
    project: Project,
    dirty: DirtyMinutes,
    signal: AbortSignal,
    letDataPass: () => Promise<void>,
  ): Promise<unknown[]> {
    const failures: unknown[] = []
    const database = databaseOf(project)
    const client = clickhouse.clients.of(database)
    const keyOf = ({ service, environment, version }: OrderedRelease) =>
      JSON.stringify([project.slug, service, environment, version])
    const lines = dirty.markLate(database, await readReleaseLines(client, {}, signal))
    const dirtyMinutes = dirty.minutesOf(database)
    let round: Round = { judged: [], looks: [], sinceMs: now() }
    for (const line of lines) {
      const due = line.releases.filter((one) => isDue(one, line, looks.get(keyOf(one)), now()))
      if (due.length === 0) continue
      await letDataPass()
      try {
        await judgeLine({ client, database, line, lines, due, dirtyMinutes, round, keyOf }, signal)
      } catch (error) {
        signal.throwIfAborted()
        failures.push(error)
      }
      if (now() - round.sinceMs >= WRITE_EVERY_MS) {
        await write(client, round)
        round = { judged: [], looks: [], sinceMs: now() }
      }
    }
    await write(client, round)
    return failures
  }

  async function judgeLine(
    { client, database, line, lines, due, dirtyMinutes, round, keyOf }: DueLine,
    signal: AbortSignal,
  ): Promise<void> {
    const others = lines.filter(
      ({ environment, service }) => environment === line.environment && service !== line.service,
    )
    const rows = await readLastVerdicts(client, line, signal)
    const verdicts = new Map(rows.map(({ version: of, verdict }) => [of, verdict]))
    // Oldest first: a newer release chooses its baseline by the verdicts of the older ones.
    for (const release of due) {
      const atMs = now()
      const judged = await judge(database, {
        line,
        others,
        release,
        verdicts,
        dirtyMinutes,
        nowMs: atMs,
      })
      const last = rows.find((row) => row.version === release.version)
      if (judged !== undefined && JSON.stringify(judged.judgement) !== last?.body) {
        round.judged.push(judged)
        verdicts.set(release.version, judged.judgement.verdict)
        logChange(log, judged, last?.verdict)
      }
      const key = keyOf(release)
      const look = { atMs, durationMs: now() - atMs }
      round.looks.push([key, lookedAt(release, line, looks.get(key), look)])
    }
  }

  /** Only what is written counts as looked at: after a failure it is looked at again. */
  async function write(client: ClickHouseClient, round: Round): Promise<void> {
    await writeJudgements(client, round.judged)
    for (const [key, look] of round.looks) looks.set(key, look)
  }
}

type Round = { judged: Judged[]; looks: [string, LastLook][]; sinceMs: number }

type DueLine = {
  client: ClickHouseClient
  database: string
  line: ReleaseLine
  lines: readonly ReleaseLine[]
  due: readonly OrderedRelease[]
  dirtyMinutes: readonly number[]
  round: Round
  keyOf: (release: OrderedRelease) => string
}

function logChange(log: Logger, { release, judgement }: Judged, before: string | undefined) {
  if (before === judgement.verdict) return
  log.info(
    {
      service: release.service,
      environment: release.environment,
      version: release.version,
      before,
      verdict: judgement.verdict,
      severity: judgement.severity,
    },
    'Verdict changed',
  )
}
