import { BURN_RULES } from '@aftermath/analysis/slo/burn-rules'
import {
  SloAnswer,
  SloPath,
  SlosAnswer,
  SloScope,
  SlosSearch,
  SloStoredAnswer,
  type Slo,
  type SloReport,
  type SloState,
} from '@aftermath/schemas/api/slos'
import { SloDefinition } from '@aftermath/schemas/slo'
import type { ClickHouseClient } from '@clickhouse/client'
import { readReleaseLines } from '../releases/read-releases.ts'
import { describeSlo } from '../slos/describe-slo.ts'
import { readSloSteps } from '../slos/slo-counts.ts'
import { readFirings, readSloStates } from '../slos/slo-state.ts'
import { deleteSlo, readSlos, storeSlo, type StoredSlo } from '../slos/stored-slos.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'
import { stepOf } from './scope.ts'
import { markersOf } from './series-routes.ts'

export function sloRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/slos',
      summary: 'Service level objectives with what is left of their budgets, most urgent first.',
      access: 'admin',
      query: SlosSearch,
      answer: SlosAnswer,
      async handle({ query }, { client, signal }) {
        const wanted = (await readSlos(client, {}, signal)).filter(
          ({ service, environment }) =>
            (query.service ?? service) === service &&
            (query.environment ?? environment) === environment,
        )
        const states = await readSloStates(client, wanted, signal)
        const rows = wanted.map((slo) => describeSlo(slo, states.get(slo.id)))
        return { data: rows.toSorted(byUrgency), meta: { environment: query.environment ?? null } }
      },
    }),
    route({
      method: 'get',
      path: '/slos/{id}',
      summary: 'One objective: its budget over the period, its rules, what each release spent.',
      access: 'admin',
      params: SloPath,
      query: SloScope,
      answer: SloAnswer,
      async handle({ params, query }, { client, nowMs, signal }) {
        const [slo] = await readSlos(client, params, signal)
        if (slo === undefined) throw missing(params.id, query.project)
        const data = await reportOf(client, slo, nowMs, signal)
        return { data, meta: { environment: slo.environment } }
      },
    }),
    route({
      method: 'put',
      path: '/slos/{id}',
      summary: 'Define an objective, or define it anew. The same definition again changes nothing.',
      access: 'admin',
      params: SloPath,
      query: SloScope,
      body: SloDefinition,
      answer: SloStoredAnswer,
      async handle({ params, body }, { client, nowMs }) {
        const { changedMs, ...stored } = await storeSlo(client, params.id, body, nowMs)
        const data = { ...stored, changedAt: new Date(changedMs).toISOString() }
        return { data, meta: { environment: stored.environment } }
      },
    }),
    route({
      method: 'delete',
      path: '/slos/{id}',
      summary: 'Delete an objective. Its counts and its history go with it.',
      access: 'admin',
      params: SloPath,
      query: SloScope,
      answer: SloStoredAnswer,
      async handle({ params, query }, { client, nowMs, signal }) {
        const [slo] = await readSlos(client, params, signal)
        if (slo === undefined || !(await deleteSlo(client, params.id, nowMs))) {
          throw missing(params.id, query.project)
        }
        const { changedMs, ...stored } = slo
        const data = { ...stored, changedAt: new Date(changedMs).toISOString() }
        return { data, meta: { environment: slo.environment } }
      },
    }),
  ]
}

function missing(id: string, project: string): Problem {
  return new Problem(404, `There is no objective ${id} in the project ${project}.`)
}

const URGENCY: Record<SloState, number> = { page: 0, ticket: 1, no_data: 2, counting: 3, ok: 4 }

function byUrgency(a: Slo, b: Slo): number {
  return (
    URGENCY[a.state] - URGENCY[b.state] ||
    (a.budgetLeft ?? 1) - (b.budgetLeft ?? 1) ||
    (a.id < b.id ? -1 : 1)
  )
}

const MINUTE_MS = 60_000
const FIRINGS_MAX = 100

async function reportOf(
  client: ClickHouseClient,
  slo: StoredSlo,
  nowMs: number,
  signal: AbortSignal,
): Promise<SloReport> {
  const [states, firings, [line]] = await Promise.all([
    readSloStates(client, [slo], signal),
    readFirings(client, [slo], signal),
    readReleaseLines(client, slo, signal),
  ])
  const state = states.get(slo.id)
  const untilMinute = state?.untilMinute ?? Math.floor(nowMs / MINUTE_MS)
  const fromMinute = untilMinute - slo.periodDays * 24 * 60
  const range = { fromMs: fromMinute * MINUTE_MS, toMs: untilMinute * MINUTE_MS }
  return {
    ...describeSlo(slo, state),
    series: await seriesOf(client, slo, { fromMinute, untilMinute }, signal),
    markers: markersOf(line?.releases ?? [], range.fromMs, range.toMs),
    firings: (firings.get(slo.id) ?? [])
      .filter(({ untilMinute: end }) => end === null || end > fromMinute)
      .toReversed()
      .slice(0, FIRINGS_MAX)
      .map(({ rule, fromMinute: from, untilMinute: end }) => ({
        severity: BURN_RULES[rule]!.severity,
        longMinutes: BURN_RULES[rule]!.longMinutes,
        from: timeOf(from),
        to: end === null ? null : timeOf(end),
      })),
  }
}

function timeOf(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString()
}

/** The budget as it was spent over the period: it ends with what is left now. */
async function seriesOf(
  client: ClickHouseClient,
  { id, revision, target }: StoredSlo,
  { fromMinute, untilMinute }: { fromMinute: number; untilMinute: number },
  signal: AbortSignal,
): Promise<SloReport['series']> {
  const stepMs = stepOf({ fromMs: fromMinute * MINUTE_MS, toMs: untilMinute * MINUTE_MS })
  const stepMinutes = stepMs / MINUTE_MS
  const rows = await readSloSteps(
    client,
    { id, revision, fromMinute, untilMinute, stepMinutes },
    signal,
  )
  const steps = Math.ceil((untilMinute - fromMinute) / stepMinutes)
  const budget = rows.reduce((sum, { requests }) => sum + requests, 0) * (1 - target)
  const byStep = new Map(rows.map((row) => [row.step, row]))
  let bad = 0
  const left = Array.from({ length: steps }, (_, step) => {
    bad += byStep.get(step)?.bad_requests ?? 0
    return budget === 0 ? null : 1 - bad / budget
  })
  return {
    stepMs,
    t: Array.from({ length: steps }, (_, step) => fromMinute * MINUTE_MS + step * stepMs),
    left,
    badShare: Array.from({ length: steps }, (_, step) => {
      const row = byStep.get(step)
      return row === undefined || row.requests === 0 ? null : row.bad_requests / row.requests
    }),
  }
}
