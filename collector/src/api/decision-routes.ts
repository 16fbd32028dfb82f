import { createHash, randomUUID } from 'node:crypto'
import { calibrate } from '@aftermath/analysis/verdict/calibration'
import { defaultPolicy } from '@aftermath/analysis/policy/policy'
import { ProjectSlug } from '@aftermath/schemas/api/common'
import {
  CalibrationAnswer,
  CalibrationSearch,
  DecisionAnswer,
  DecisionPath,
  DecisionSearch,
  DecisionsSearch,
  LedgerAnswer,
  NewDecision,
} from '@aftermath/schemas/api/decisions'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { bearerOf } from '../bearer.ts'
import { databaseOf } from '../control/control.ts'
import { nameOf, readLedger } from '../releases/checked-releases.ts'
import { readDecisions, type StoredDecision } from '../releases/decisions.ts'
import { readLastVerdicts, readReleaseLines } from '../releases/read-releases.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { decisionOf, isOverride, ledgerEntryOf, UNDO_MS } from './decision-rows.ts'
import { Problem } from './problem.ts'
import type { ReleaseIndexes } from './release-index.ts'
import { route, type RequestContext, type Route } from './route.ts'
import { environmentLately, rangeOf } from './scope.ts'
import { readJudgement } from './stored-judgement.ts'

/** A place in the ledger: later pages are older. */
const LedgerPlace = z.object({ decidedMs: z.number(), id: z.string() })

type Deps = { indexes: Pick<ReleaseIndexes, 'forget'> }

export function decisionRoutes({ indexes }: Deps): Route[] {
  return [
    route({
      method: 'post',
      path: '/decisions',
      summary: 'Record what a person decides about a release. The gate obeys it at once.',
      access: 'admin',
      query: z.strictObject({ project: ProjectSlug.default('default') }),
      body: NewDecision,
      answer: DecisionAnswer,
      status: 201,
      async handle({ body }, context) {
        const { client, project, nowMs, signal, req } = context
        const { service, version } = body
        const environment = await environmentLately(client, body, nowMs, signal)
        const place = { service, environment, version }
        const id = idOf(req.get('idempotency-key'), place)
        const before = (await readDecisions(client, place, signal)).find((one) => one.id === id)
        if (before !== undefined) return { data: decisionOf(before), meta: { environment } }

        const told = await readTold(place, context)
        if (body.against !== undefined && body.against !== told.verdict) {
          throw new Problem(
            409,
            `The verdict of ${service} ${version} is ${told.verdict} by now, not ${body.against}: look again.`,
          )
        }
        const decision: StoredDecision = {
          ...place,
          ...told,
          id,
          action: body.action,
          reason: body.reason,
          by: body.by,
          via: bearerOf(req) === undefined ? 'browser' : 'token',
          decidedMs: nowMs,
          undoneMs: null,
        }
        await insert(client, { ...decision, undoes: '' })
        indexes.forget(databaseOf(project))
        return { data: decisionOf(decision), meta: { environment } }
      },
    }),
    route({
      method: 'post',
      path: '/decisions/{id}/undo',
      summary: 'Take a decision back within ten seconds: a counter entry, the ledger keeps both.',
      access: 'admin',
      params: DecisionPath,
      query: DecisionSearch,
      answer: DecisionAnswer,
      async handle({ params }, { client, project, nowMs, signal, req }) {
        const everywhere = { service: '', environment: '' }
        const all = await readDecisions(client, everywhere, signal)
        const decision = all.find(({ id }) => id === params.id)
        if (decision === undefined) throw new Problem(404, `There is no decision ${params.id}.`)
        const meta = { environment: decision.environment }
        if (decision.undoneMs !== null) return { data: decisionOf(decision), meta }
        if (nowMs > decision.decidedMs + UNDO_MS) {
          throw new Problem(
            409,
            'It is older than ten seconds and stays in the ledger: record another decision instead.',
          )
        }
        await insert(client, {
          ...decision,
          id: idOf(undefined, decision),
          via: bearerOf(req) === undefined ? 'browser' : 'token',
          decidedMs: nowMs,
          undoes: decision.id,
        })
        indexes.forget(databaseOf(project))
        return { data: decisionOf({ ...decision, undoneMs: nowMs }), meta }
      },
    }),
    route({
      method: 'get',
      path: '/decisions',
      summary: 'The ledger: who decided what against which verdict, and how the advice turned out.',
      access: 'admin',
      query: DecisionsSearch,
      answer: LedgerAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const { fromMs, toMs } = rangeOf(query, nowMs)
        const after = readCursor(query.cursor, LedgerPlace)
        const { decisions, releases } = await readLedger(client, query, signal)
        const rows = decisions
          .filter((row) => row.decidedMs >= fromMs && row.decidedMs < toMs && matches(row, query))
          .toReversed()
        const from = after === undefined ? 0 : rows.findIndex((row) => isOlder(row, after))
        const page = from === -1 ? [] : rows.slice(from, from + query.limit)
        const last = page.at(-1)
        const more = last !== undefined && last !== rows.at(-1)
        return {
          data: page.map((row) => ledgerEntryOf(row, releases.get(nameOf(row)), nowMs)),
          meta: {
            environment: query.environment ?? null,
            nextCursor: writeCursor(more ? { decidedMs: last.decidedMs, id: last.id } : undefined),
          },
        }
      },
    }),
    route({
      method: 'get',
      path: '/decisions/calibration',
      summary: 'How often verdicts were right, by the outcome rule that the answer prints.',
      access: 'admin',
      query: CalibrationSearch,
      answer: CalibrationAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const { fromMs, toMs } = rangeOf(query, nowMs)
        const ledger = await readLedger(client, query, signal)
        const releases = [...ledger.releases.values()].filter(({ told }) => {
          const firstMs = Math.min(...told.map(({ firstJudgedMs }) => firstJudgedMs))
          return firstMs >= fromMs && firstMs < toMs
        })
        const made = ledger.decisions.filter(
          ({ decidedMs, undoneMs }) => undoneMs === null && decidedMs >= fromMs && decidedMs < toMs,
        )
        return {
          data: {
            ...calibrate(releases, defaultPolicy.thresholds.rollBack, nowMs),
            decisions: { made: made.length, overrides: made.filter(isOverride).length },
          },
          meta: { environment: query.environment ?? null },
        }
      },
    }),
  ]
}

type Place = { service: string; environment: string; version: string }

/** The same key of a caller is the same decision, however often it is sent. */
function idOf(key: string | undefined, { service, environment, version }: Place): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([key ?? randomUUID(), service, environment, version]))
    .digest('hex')
  return `dec_${hash.slice(0, 20)}`
}

/** What was advised last. @throws Problem 404 where nothing is known of the release */
async function readTold(place: Place, { client, signal }: RequestContext) {
  const { service, environment, version } = place
  const [lines, verdicts] = await Promise.all([
    readReleaseLines(client, { service }, signal),
    readLastVerdicts(client, place, signal),
  ])
  const isThis = (one: { version: string }) => one.version === version
  const line = lines.find((one) => one.environment === environment)
  if (line?.releases.some(isThis) !== true) {
    const elsewhere = lines.filter(({ releases }) => releases.some(isThis))
    const hint =
      elsewhere.length > 0
        ? ` It was in ${elsewhere.map((one) => one.environment).join(', ')}.`
        : lines.length === 0
          ? ` No service of this name has sent anything.`
          : ''
    throw new Problem(404, `${service} ${version} was not seen in ${environment}.${hint}`)
  }
  const stored = verdicts.find(isThis)
  const judgement = stored && readJudgement(stored.body)
  return {
    verdict: stored?.verdict ?? ('insufficient_data' as const),
    severity: judgement?.severity ?? ('' as const),
    judgedMs: stored?.judgedMs ?? null,
  }
}

function matches(row: StoredDecision, query: z.output<typeof DecisionsSearch>): boolean {
  const checks: [unknown, unknown][] = [
    [query.version, row.version],
    [query.action, row.action],
    [query.verdict, row.verdict],
    [query.override, isOverride(row)],
    [query.undone, row.undoneMs !== null],
  ]
  return checks.every(([wanted, value]) => wanted === undefined || wanted === value)
}

function isOlder(row: StoredDecision, { decidedMs, id }: z.output<typeof LedgerPlace>): boolean {
  return row.decidedMs < decidedMs || (row.decidedMs === decidedMs && row.id < id)
}

async function insert(client: ClickHouseClient, row: StoredDecision & { undoes: string }) {
  await client.insert({
    table: 'decisions',
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
    values: [
      {
        id: row.id,
        service: row.service,
        environment: row.environment,
        version: row.version,
        decided_at: new Date(row.decidedMs).toISOString(),
        action: row.action,
        reason: row.reason,
        decided_by: row.by,
        via: row.via,
        verdict: row.verdict,
        severity: row.severity,
        judged_at: row.judgedMs === null ? null : new Date(row.judgedMs).toISOString(),
        undoes: row.undoes,
      },
    ],
  })
}
