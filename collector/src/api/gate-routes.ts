import { setTimeout } from 'node:timers/promises'
import { GateAnswer, GateSearch } from '@aftermath/schemas/api/gate'
import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import type { VerdictState } from '@aftermath/schemas/verdict'
import { route, type RequestContext, type Route } from './route.ts'
import { readReleaseReport } from './release-report.ts'
import { environmentLately } from './scope.ts'

/** Data that is older than this when it is read says nothing about now. */
const STALE_MS = 3 * 60_000
const POLL_MS = 1000
const KEEP_OPEN_MS = 15_000

type Deps = {
  watermarkMs: () => number
  /** Where people open the dashboard. */
  appUrl: () => string
}

export function gateRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'get',
      path: '/gate',
      summary: 'May this release go on? 200 whenever the question is understood.',
      access: 'admin',
      query: GateSearch,
      answer: GateAnswer,
      async handle({ query }, context) {
        const untilMs = Date.now() + query.wait * 1000
        const open = keepOpen(context)
        try {
          for (;;) {
            const answer = await readGate(query, context, deps)
            if (answer.decision !== 'wait' || Date.now() >= untilMs) {
              if (!context.res.headersSent) return { whole: answer }
              context.res.end(JSON.stringify(answer))
              return { sent: true }
            }
            await setTimeout(POLL_MS, undefined, { signal: context.signal })
          }
        } finally {
          clearInterval(open)
        }
      },
    }),
  ]
}

/** A space now and then keeps proxies from closing a connection that waits. JSON allows leading spaces. */
function keepOpen({ res }: RequestContext) {
  return setInterval(() => {
    if (!res.headersSent) res.type('application/json')
    res.write(' ')
  }, KEEP_OPEN_MS)
}

async function readGate(
  query: GateSearch,
  { client, signal, nowMs }: RequestContext,
  { watermarkMs, appUrl }: Deps,
): Promise<GateAnswer> {
  const { service, version } = query
  const environment = await environmentLately(client, query, nowMs, signal)
  const report = await readReleaseReport(client, { service, version, environment }, signal)
  const asOfMs = watermarkMs()
  const place = `/p/${query.project}/releases/${encodeURIComponent(service)}/${encodeURIComponent(version)}`
  const url = `${appUrl()}${place}?env=${encodeURIComponent(environment)}`
  const isStale = Date.now() - asOfMs > STALE_MS
  const { decision, reasons } = decide(report, query.failOn, isStale, query)
  const verdict = report?.verdict ?? 'insufficient_data'
  return {
    decision,
    verdict,
    severity: report?.severity ?? null,
    classification: CLASSIFICATIONS[verdict],
    service,
    version,
    environment,
    baseline: {
      version: report?.baseline.version ?? null,
      kind: report?.baseline.kind ?? 'none',
    },
    sentence: report?.sentence ?? `${service} ${version} was not seen in ${environment} yet.`,
    eta: report?.eta ?? null,
    reasons: reasons.map((reason) => ({
      ...reason,
      evidence: report?.evidence.find(({ signal: of }) => of === reason.code) ?? null,
      url,
    })),
    policy: { failOn: query.failOn },
    asOf: new Date(asOfMs).toISOString(),
    url,
  }
}

const CLASSIFICATIONS: Record<VerdictState, GateAnswer['classification']> = {
  ship: 'Pass',
  watch: 'Marginal',
  patch: 'Fail',
  roll_back: 'Fail',
  insufficient_data: 'Nodata',
}

/** Exported for its table of cases. */
export function decide(
  report: Pick<ReleaseReport, 'verdict' | 'reasons' | 'baseline'> | undefined,
  failOn: readonly VerdictState[],
  isStale: boolean,
  { service, version }: { service: string; version: string },
): { decision: GateAnswer['decision']; reasons: { code: string; sentence: string }[] } {
  if (report === undefined) {
    const sentence = `No telemetry of ${service} ${version} has arrived.`
    return { decision: 'wait', reasons: [{ code: 'not_seen', sentence }] }
  }
  const { verdict, reasons } = report
  if (failOn.includes(verdict)) return { decision: 'fail', reasons }
  if (isStale) {
    const sentence = 'Acknowledged data of the last minutes is not stored yet.'
    return { decision: 'wait', reasons: [{ code: 'stale_data', sentence }, ...reasons] }
  }
  if (verdict !== 'insufficient_data') return { decision: 'pass', reasons }
  // A pipeline must be able to begin: the first release of a service has nothing to be worse than.
  if (report.baseline.kind === 'none' && reasons.some(({ code }) => code === 'first_release')) {
    return { decision: 'pass', reasons }
  }
  return { decision: 'wait', reasons }
}
