import type { ClickHouseClient } from '@clickhouse/client'
import type { Logger } from 'pino'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import { databaseOf, type Control, type Project } from '../control/control.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import { readLastVerdicts, readReleaseLines, type ReleaseLine } from '../releases/read-releases.ts'
import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import type { Policy } from '@aftermath/analysis/policy/policy'
import { openClosedSignals } from '../releases/close-signals.ts'
import { openClosedMinutes, type ClosedMinutes } from '../releases/close-minutes.ts'
import { readDecisions, standingOf, type StoredDecision } from '../releases/decisions.ts'
import { readPolicies } from '../releases/policies.ts'
import { readSloAlerts } from '../slos/slo-state.ts'
import { readDirtyMinutes } from './dirty-minutes.ts'
import { isDue, lookedAt, type LastLook } from './due-look.ts'
import { eachProject } from './each-project.ts'
import type { Job } from './job.ts'
import {
  contextOf,
  keep,
  surroundingsOf,
  type JudgeContext,
  type Kept,
  type Surroundings,
} from './judge-context.ts'
import type { Question } from './judge-worker.ts'
import { openJudgementWriter, type Judged } from './write-judgements.ts'

// A verdict follows its data within 10 s: arrival to table takes 1 to 2, judging the rest.
const INTERVAL_MS = 2000
/** What a round has found so far is written this often: an insert costs as much as many rows. */
const WRITE_EVERY_MS = 1000

type Deps = {
  clickhouse: ClickHouse
  control: Control
  log: Logger
  now: () => number
  judge: (question: Question) => Promise<Judgement | undefined>
}

/** Judges every release of which something changed that a judgement follows from. */
export function judgeReleasesJob({ clickhouse, control, log, now, judge }: Deps): Job {
  /** How each release was last judged: only saves work, a restart judges everything once more. */
  const looks = new Map<string, LastLook>()
  const projects = new Map<string, ProjectState>()

  return {
    name: 'judge_releases',
    intervalMs: INTERVAL_MS,
    async run(signal, letDataPass) {
      const dirty = await readDirtyMinutes(clickhouse.clients.control, signal)
      await eachProject(control, 'Some releases could not be judged', (project) => {
        const dirtyMinutes = dirty.get(databaseOf(project)) ?? []
        return judgeProject(project, dirtyMinutes, signal, letDataPass)
      })
    },
  }

  function stateOf(database: string): ProjectState {
    const known = projects.get(database)
    if (known !== undefined) return known
    const client = clickhouse.clients.of(database)
    const closed = openClosedMinutes(client, now)
    const fresh = {
      client,
      closed,
      closeSignals: openClosedSignals({ client, now, stamp: closed.judgingMs }),
      write: openJudgementWriter(client),
    }
    projects.set(database, fresh)
    return fresh
  }

  /** @returns what failed: one service that cannot be read holds up no other */
  async function judgeProject(
    project: Project,
    dirtyMinutes: readonly number[],
    signal: AbortSignal,
    letDataPass: () => Promise<void>,
  ): Promise<unknown[]> {
    const failures: unknown[] = []
    const database = databaseOf(project)
    const { client, closed, closeSignals, write } = stateOf(database)
    const keyOf = ({ service, environment, version }: OrderedRelease) =>
      JSON.stringify([project.slug, service, environment, version])
    const seen = await readReleaseLines(client, {}, signal)
    const lines = await closed.close(seen, dirtyMinutes, signal)
    await closeSignals(signal)
    const policyOf = await readPolicies(client, log, signal)
    const decisions = await readDecisions(client, { service: '', environment: '' }, signal)
    const environments = environmentsOf(lines)
    let round: Round = { judged: [], looks: [], sinceMs: now() }
    /** Only what is written counts as looked at: after a failure it is looked at again. */
    const writeRound = async () => {
      await write(round.judged)
      for (const [key, look] of round.looks) looks.set(key, look)
      round = { judged: [], looks: [], sinceMs: now() }
    }
    for (const line of lines) {
      const policy = policyOf(line.service)
      const due = line.releases.filter((one) => {
        const known = { nowMs: now(), ...knownBesides(one, policy, decisions) }
        return isDue(one, line, looks.get(keyOf(one)), known)
      })
      if (due.length === 0) continue
      await letDataPass()
      const environment = environments.get(line.environment)! // made of the same lines
      try {
        await judgeLine(
          { client, database, line, environment, policy, decisions, due, round, keyOf },
          signal,
        )
      } catch (error) {
        signal.throwIfAborted()
        failures.push(error)
      }
      if (now() - round.sinceMs >= WRITE_EVERY_MS) await writeRound()
    }
    await writeRound()
    return failures
  }

  async function judgeLine(
    { client, database, line, environment, policy, decisions, due, round, keyOf }: DueLine,
    signal: AbortSignal,
  ): Promise<void> {
    const { surroundings, kept, reopened } = environment
    const [rows, sloAlerts] = await Promise.all([
      readLastVerdicts(client, line, signal),
      readSloAlerts(client, line, signal),
    ])
    const verdicts = new Map(rows.map(({ version: of, verdict }) => [of, verdict]))
    // Oldest first: a newer release chooses its baseline by the verdicts of the older ones.
    for (const release of due) {
      const atMs = now()
      const nowMs = stateOf(database).closed.judgingMs()
      const context = contextOf(line, release.version, {
        verdicts,
        decisions,
        sloAlerts,
        surroundings: kept.hash,
      })
      const look = { context, surroundings, policy, nowMs }
      const judgement = await judge({ database, look, reopened })
      const last = rows.find((row) => row.version === release.version)
      if (judgement !== undefined && JSON.stringify(judgement) !== last?.body) {
        round.judged.push({ look, surroundings: kept, judgement })
        verdicts.set(release.version, judgement.verdict)
        logChange(log, context, judgement, last?.verdict)
      }
      const key = keyOf(release)
      const looked = lookedAt(release, line, looks.get(key), {
        atMs,
        durationMs: now() - atMs,
        ...knownBesides(release, policy, decisions),
      })
      round.looks.push([key, looked])
    }
  }
}

type ProjectState = {
  client: ClickHouseClient
  closed: ClosedMinutes
  closeSignals: (signal: AbortSignal) => Promise<void>
  write: (judged: readonly Judged[]) => Promise<void>
}

type Round = { judged: Judged[]; looks: [string, LastLook][]; sinceMs: number }

type DueLine = {
  client: ClickHouseClient
  database: string
  line: ReleaseLine
  environment: Environment
  policy: Policy
  decisions: readonly StoredDecision[]
  due: readonly OrderedRelease[]
  round: Round
  keyOf: (release: OrderedRelease) => string
}

/** What the releases of an environment have in common. */
type Environment = {
  surroundings: Surroundings
  kept: Kept
  /** By service: how often its minutes were closed again. */
  reopened: ReadonlyMap<string, number>
}

function environmentsOf(lines: readonly ReleaseLine[]): Map<string, Environment> {
  const groups = Map.groupBy(lines, ({ environment }) => environment)
  return new Map(
    [...groups].map(([environment, own]) => {
      const surroundings = surroundingsOf(own)
      const reopened = new Map(own.map(({ service, late }) => [service, late.lateCount]))
      return [environment, { surroundings, kept: keep(surroundings), reopened }]
    }),
  )
}

function knownBesides(
  release: OrderedRelease,
  { version: policyVersion }: Policy,
  decisions: readonly StoredDecision[],
) {
  return { policyVersion, decidedAtMs: standingOf(decisions, release)?.decidedMs ?? null }
}

function logChange(
  log: Logger,
  { service, environment, version }: JudgeContext,
  { verdict, severity }: Judgement,
  before: string | undefined,
) {
  if (before === verdict) return
  log.info({ service, environment, version, before, verdict, severity }, 'Verdict changed')
}
