import { defaultPolicy } from '@aftermath/analysis/policy/policy'
import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import type { GateAnswer, GateSearch } from '@aftermath/schemas/api/gate'
import type { Reason, VerdictState } from '@aftermath/schemas/verdict'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { nameOf } from '../releases/checked-releases.ts'
import { standingOf } from '../releases/decisions.ts'
import { capVerdicts, decideGate, strictest, worstOf, type GateCase } from './gate-decision.ts'
import { notJudgedYet } from './release-rows.ts'
import type { ReleaseIndex } from './release-index.ts'
import { readJudgement } from './stored-judgement.ts'

type Key = { service: string; environment: string; version: string }

const readLastVerdict = defineQuery({
  sql: new URL('../releases/last-verdict.sql', import.meta.url),
  params: z.object({ service: z.string(), environment: z.string(), version: z.string() }),
  row: z.object({ body: z.string() }),
})

export type GateWorld = {
  index: ReleaseIndex
  client: ClickHouseClient
  asOfMs: number
  isStale: boolean
  /** The release's page. */
  urlOf: (key: Key) => string
}

/**
 * What an answer follows from, as far as the index tells: while it stays the same, so does the answer,
 * and what was said of the release need not be read again.
 */
export function gateFingerprint(keys: readonly Key[], { index, isStale }: GateWorld): string {
  const parts = keys.map((key) => [
    index.judgedMs.get(nameOf(key)),
    notSeenOf(key, index)?.length,
    index.decisions
      .filter(({ service, version }) => service === key.service && version === key.version)
      .map(({ id, undoneMs }) => [id, undoneMs]),
  ])
  return JSON.stringify([isStale, parts])
}

/** The answer for one service, or for a release that spans several. */
export async function readGate(
  keys: readonly Key[],
  policy: GateSearch,
  world: GateWorld,
  signal: AbortSignal,
): Promise<GateAnswer> {
  const judgements = await Promise.all(keys.map((key) => readLast(key, world, signal)))
  const cases = keys.map((key, i): GateCase => caseOf(key, judgements[i], world))
  const answers = capVerdicts(cases, defaultPolicy.thresholds).map((one, i) =>
    answerOf(keys[i]!, one, judgements[i], policy, world),
  )
  return answers.length === 1 ? answers[0]! : joined(answers)
}

async function readLast(key: Key, { index, client }: GateWorld, signal: AbortSignal) {
  if (!index.judgedMs.has(nameOf(key))) return undefined
  const [row] = await readLastVerdict(client, key, signal)
  return row === undefined ? undefined : readJudgement(row.body)
}

function caseOf(
  key: Key,
  judgement: Judgement | undefined,
  { index, isStale }: GateWorld,
): GateCase {
  const notSeen = notSeenOf(key, index)
  return {
    ...key,
    ...(notSeen !== undefined && { notSeen }),
    judgement,
    decision: standingOf(index.decisions, key),
    // Users try a release where it is not in production yet: a sign-off holds everywhere.
    signedOff: index.decisions.some(
      ({ action, service, version, undoneMs }) =>
        action === 'uat' && service === key.service && version === key.version && undoneMs === null,
    ),
    isStale,
  }
}

function answerOf(
  key: Key,
  one: GateCase,
  judgement: Judgement | undefined,
  policy: GateSearch,
  { urlOf, asOfMs }: GateWorld,
): GateAnswer {
  const { decision, reasons } = decideGate(one, policy)
  const verdict = one.judgement?.verdict ?? 'insufficient_data'
  const url = urlOf(key)
  return {
    decision,
    verdict,
    severity: one.judgement?.severity ?? null,
    classification: CLASSIFICATIONS[verdict],
    ...key,
    baseline: {
      version: judgement?.baseline.version ?? null,
      kind: judgement?.baseline.kind ?? 'none',
    },
    sentence: judgement?.sentence ?? one.notSeen?.[0]?.sentence ?? notJudgedYet(key),
    eta: judgement?.eta ?? null,
    reasons: reasons.map((reason) => ({
      ...reason,
      evidence: judgement?.evidence.find(({ signal: of }) => of === reason.code) ?? null,
      url,
    })),
    policy: {
      failOn: policy.failOn,
      ...(policy.passOn !== undefined && { passOn: policy.passOn }),
      ...(policy.require !== undefined && { require: policy.require }),
    },
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

/** Several services' answers as one: the strictest decides, the worst is told first. */
function joined(answers: readonly GateAnswer[]): GateAnswer {
  const decision = strictest(answers.map((answer) => answer.decision))
  const telling = answers.filter((answer) => answer.decision === decision)
  const worst = worstOf(telling)
  const unique = (values: string[]) => [...new Set(values)].join(', ')
  const waits = answers.flatMap(({ eta }) => (eta === null ? [] : [eta]))
  return {
    ...worst,
    decision,
    service: unique(answers.map(({ service }) => service)),
    version: unique(answers.map(({ version }) => version)),
    sentence: `${worst.service}: ${worst.sentence}`,
    eta: waits.toSorted((a, b) => b.minutes - a.minutes)[0] ?? null,
    reasons: telling.flatMap(({ service, reasons }) =>
      reasons.map((reason) => ({ ...reason, sentence: `${service}: ${reason.sentence}` })),
    ),
    services: [...answers],
  }
}

/** Names that help whoever misspelt one. */
const HINTS_MAX = 5

/** Which of the three names is not known; undefined once the release was seen. */
function notSeenOf({ service, environment, version }: Key, { lines }: ReleaseIndex) {
  const own = lines.filter((line) => line.service === service)
  const line = own.find((one) => one.environment === environment)
  const notSeen = (sentence: string, ...hints: Reason[]): Reason[] => [
    { code: 'not_seen', sentence },
    ...hints,
  ]
  if (own.length === 0) {
    const known = listed(lines.map((one) => one.service))
    return notSeen(`No telemetry of a service ${service} has arrived.`, {
      code: 'unknown_service',
      sentence: known === '' ? 'No service has sent anything.' : `Services that have: ${known}.`,
    })
  }
  if (line === undefined) {
    const known = listed(own.map((one) => one.environment))
    return notSeen(`${service} ${version} was not seen in ${environment} yet.`, {
      code: 'unknown_environment',
      sentence: `${service} sends nothing from ${environment}, but from ${known}.`,
    })
  }
  if (line.releases.some((one) => one.version === version)) return undefined
  return notSeen(`No telemetry of ${service} ${version} has arrived from ${environment} yet.`)
}

function listed(names: readonly string[]): string {
  const unique = [...new Set(names)]
  const more = unique.length > HINTS_MAX ? ', …' : ''
  return unique.slice(0, HINTS_MAX).join(', ') + more
}
