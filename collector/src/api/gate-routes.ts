import { setTimeout } from 'node:timers/promises'
import {
  FlaggerCall,
  FlaggerPath,
  FlaggerSearch,
  GateAnswer,
  GateSearch,
  type FlaggerHook,
} from '@aftermath/schemas/api/gate'
import { z } from 'zod'
import { databaseOf } from '../control/control.ts'
import { gateFingerprint, readGate, type GateWorld } from './gate.ts'
import { Problem } from './problem.ts'
import type { ReleaseIndexes } from './release-index.ts'
import { route, type RequestContext, type Route } from './route.ts'
import { environmentLately } from './scope.ts'

/** Data that is older than this when it is read says nothing about now. */
const STALE_MS = 3 * 60_000
const POLL_MS = 1000
const KEEP_OPEN_MS = 15_000
/** Answers held back at a time. Beyond that they come at once, and the caller asks again. */
const HELD_MAX = 1000

type Deps = {
  watermarkMs: () => number
  /** Where people open the dashboard. */
  appUrl: () => string
  indexes: ReleaseIndexes
}

export function gateRoutes(deps: Deps): Route[] {
  let held = 0
  return [
    route({
      method: 'get',
      path: '/gate',
      summary: 'May this release go on? 200 whenever the question is understood.',
      access: 'admin',
      query: GateSearch,
      answer: GateAnswer,
      async handle({ query }, context) {
        const waitMs = held < HELD_MAX ? query.wait * 1000 : 0
        const open = keepOpen(context)
        held++
        try {
          const answer = await settled(query, waitMs, context, deps)
          if (!context.res.headersSent) return { whole: answer }
          context.res.end(JSON.stringify(answer))
          return { sent: true }
        } finally {
          held--
          clearInterval(open)
        }
      },
    }),
    route({
      method: 'post',
      path: '/gate/flagger/{hook}',
      summary: 'A webhook of Flagger: 200 for yes, 412 for no, the reason as text.',
      access: 'admin',
      tokenOf: (body) => TokenInMetadata.safeParse(body).data?.metadata.token,
      params: FlaggerPath,
      query: FlaggerSearch,
      body: FlaggerCall,
      answer: z.string(),
      async handle({ params, query, body }, context) {
        const { service = body.name, version, environment } = body.metadata ?? {}
        // A guess would judge a canary by the one before it.
        if (version === undefined) {
          throw new Problem(400, 'metadata.version: name the version that the canary brings.')
        }
        const asked = GateSearch.parse({ ...query, service, version, environment })
        const answer = await settled(asked, 0, context, deps)
        const yes = isYes(params.hook, answer)
        const because = answer.reasons[0]?.sentence ?? answer.sentence
        context.res.status(yes ? 200 : 412).type('text/plain')
        context.res.send(`${answer.decision}: ${because}\n${answer.url}\n`)
        return { sent: true }
      },
    }),
  ]
}

/** Flagger sends no headers of one's own: the token may lie in the canary's metadata. */
const TokenInMetadata = z.object({ metadata: z.object({ token: z.string() }) })

/** @see https://docs.flagger.app/usage/webhooks */
function isYes(hook: FlaggerHook, { decision, reasons }: GateAnswer): boolean {
  switch (hook) {
    case 'confirm-rollout':
    case 'confirm-promotion':
      return decision === 'pass'
    case 'confirm-traffic-increase':
      // Before its first traffic there is nothing to judge: without this no canary would begin.
      return decision === 'pass' || reasons.some(({ code }) => code === 'not_seen')
    case 'rollout':
      return decision !== 'fail'
    case 'rollback':
      return decision === 'fail'
    case 'pre-rollout':
    case 'post-rollout':
    case 'event':
      return true
  }
}

/** A space now and then keeps proxies from closing a connection that waits. JSON allows leading spaces. */
function keepOpen({ res }: RequestContext) {
  return setInterval(() => {
    if (!res.headersSent) res.type('application/json')
    res.write(' ')
  }, KEEP_OPEN_MS)
}

/** The first answer that is no `wait`, or the last one within the time. */
async function settled(
  query: GateSearch,
  waitMs: number,
  context: RequestContext,
  deps: Deps,
): Promise<GateAnswer> {
  const untilMs = Date.now() + waitMs
  const keys = await keysOf(query, context)
  let last: { fingerprint: string; answer: GateAnswer } | undefined
  for (;;) {
    const world = await worldOf(query, context, deps)
    const fingerprint = gateFingerprint(keys, world)
    const answer =
      last?.fingerprint === fingerprint
        ? { ...last.answer, asOf: new Date(world.asOfMs).toISOString() }
        : await readGate(keys, query, world, context.signal)
    if (answer.decision !== 'wait' || Date.now() >= untilMs) return answer
    last = { fingerprint, answer }
    await setTimeout(POLL_MS, undefined, { signal: context.signal })
  }
}

async function keysOf(query: GateSearch, { client, nowMs, signal }: RequestContext) {
  return Promise.all(
    query.service.map(async (service, i) => ({
      service,
      version: query.version[i] ?? query.version[0]!, // one for each, or one for all
      environment: await environmentLately(client, { ...query, service }, nowMs, signal),
    })),
  )
}

async function worldOf(
  query: GateSearch,
  { client, project }: RequestContext,
  { watermarkMs, appUrl, indexes }: Deps,
): Promise<GateWorld> {
  const index = await indexes.of(databaseOf(project), client)
  const asOfMs = watermarkMs()
  return {
    index,
    client,
    asOfMs,
    isStale: Date.now() - asOfMs > STALE_MS,
    urlOf: ({ service, version, environment }) =>
      `${appUrl()}/p/${query.project}/releases/${encodeURIComponent(service)}/${encodeURIComponent(version)}` +
      `?env=${encodeURIComponent(environment)}`,
  }
}
