import { randomUUID } from 'node:crypto'
import {
  ChangeAnswer,
  ChangesAnswer,
  ChangeScope,
  ChangesSearch,
  NewChange,
} from '@aftermath/schemas/api/changes'
import { IncidentsAnswer, IncidentsSearch, OnsetAnswer } from '@aftermath/schemas/api/incidents'
import { ReleasePath, ReleaseSearch } from '@aftermath/schemas/api/releases'
import { readChanges, storeChange } from '../changes/change-events.ts'
import { composeIncidents } from '../changes/incidents.ts'
import { readOnsets } from '../changes/release-onset.ts'
import { readShifts } from '../changes/stored-shifts.ts'
import { deploymentId } from './deployment-row.ts'
import { readReleaseLines } from '../releases/read-releases.ts'
import { readJudgedRelease } from './judged-release.ts'
import { route, type Route } from './route.ts'
import { listFilterOf, environmentLately, rangeOf } from './scope.ts'

export function incidentRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/incidents',
      summary: 'Changes of level, those of the same time together, with what may explain them.',
      access: 'admin',
      query: IncidentsSearch,
      answer: IncidentsAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const place = { service: query.service ?? '', environment: query.environment ?? '' }
        const shifts = await readShifts(client, { ...place, ...rangeOf(query, nowMs) }, signal)
        const incidents = composeIncidents(shifts).filter(
          ({ suspects }) =>
            query.explained === undefined || (query.explained === 'yes') === suspects.length > 0,
        )
        return { data: incidents, meta: { environment: query.environment ?? null } }
      },
    }),
    route({
      method: 'get',
      path: '/releases/{service}/{version}/onset',
      summary: 'Since when a release is worse than its baseline, and what else changed then.',
      access: 'admin',
      params: ReleasePath,
      query: ReleaseSearch,
      answer: OnsetAnswer,
      async handle({ params, query }, { client, nowMs, signal }) {
        const { service, version } = params
        const environment = await environmentLately(client, { ...query, service }, nowMs, signal)
        const key = { service, environment, version }
        const [{ release, judgement }, lines] = await Promise.all([
          readJudgedRelease(client, key, signal),
          readReleaseLines(client, { environment }, signal),
        ])
        const input = {
          ...key,
          baselineVersion: judgement?.baseline.version ?? null,
          deployedMs: release.firstDeployedMs,
          lastSeenMs: release.lastSeenMs,
          sinceMs: judgement?.sinceMs ?? null,
          nowMs,
          lines,
        }
        return { data: await readOnsets(client, input, signal), meta: { environment } }
      },
    }),
    route({
      method: 'post',
      path: '/changes',
      summary:
        'Register that a flag, a configuration or a dependency changed. Repeats with the same id change nothing.',
      access: 'admin',
      query: ChangeScope,
      body: NewChange,
      answer: ChangeAnswer,
      status: 201,
      async handle({ body }, { client, nowMs, req }) {
        const sourceId = body.sourceId ?? req.get('idempotency-key') ?? randomUUID()
        const change = {
          ...body,
          sourceId,
          id: deploymentId(body.source, sourceId).replace(/^dep_/, 'chg_'),
          changedAt: new Date(body.changedAt ?? nowMs).toISOString(),
          recordedAt: new Date(nowMs).toISOString(),
        }
        await storeChange(client, change)
        return { data: change, meta: { environment: body.environment ?? null } }
      },
    }),
    route({
      method: 'get',
      path: '/changes',
      summary: 'Registered changes of flags, configuration and dependencies, newest first.',
      access: 'admin',
      query: ChangesSearch,
      answer: ChangesAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const data = await readChanges(client, listFilterOf(query, nowMs), signal)
        return { data, meta: { environment: query.environment ?? null } }
      },
    }),
  ]
}
