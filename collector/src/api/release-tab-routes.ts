import {
  EffectSearch,
  LatencySearch,
  OperationsAnswer,
  ReleaseEffectAnswer,
  ReleaseHistoryAnswer,
  ReleaseLatencyAnswer,
  ReleasePath,
  ReleaseProofAnswer,
  ReleaseReportSearch,
  ReleaseSearch,
} from '@aftermath/schemas/api/releases'
import type { Jobs } from '../jobs/jobs.ts'
import { baselineArm, lifeOf, readJudgedRelease } from './judged-release.ts'
import { readEffect } from './release-effect.ts'
import { readHistory } from './release-history.ts'
import { readLatency } from './release-latency.ts'
import { readOperations, type Arms } from './release-operations.ts'
import { proofOf } from './release-proof.ts'
import { readAskedReport } from './release-report.ts'
import { route, type RequestContext, type Route } from './route.ts'
import { environmentLately } from './scope.ts'

/** What a release's page asks for below its verdict. */
export function releaseTabRoutes(jobs: Pick<Jobs, 'judgeBeside'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/releases/{service}/{version}/operations',
      summary:
        'Operations of a release beside its baseline, with their differences, busiest first.',
      access: 'admin',
      params: ReleasePath,
      query: ReleaseSearch,
      answer: OperationsAnswer,
      async handle({ params, query }, context) {
        const { key, arms, judgement } = await judgedArms(params, query, context)
        const { client, signal } = context
        const evidence = judgement?.evidence ?? []
        return {
          data: await readOperations(client, key, arms, evidence, signal),
          meta: { environment: key.environment },
        }
      },
    }),
    route({
      method: 'get',
      path: '/releases/{service}/{version}/latency',
      summary: 'Distribution of durations of a release beside its baseline, and over time.',
      access: 'admin',
      params: ReleasePath,
      query: LatencySearch,
      answer: ReleaseLatencyAnswer,
      async handle({ params, query }, context) {
        const { key, arms } = await judgedArms(params, query, context)
        const { client, signal } = context
        return {
          data: await readLatency(client, { ...key, operation: query.operation }, arms, signal),
          meta: { environment: key.environment },
        }
      },
    }),
    route({
      method: 'get',
      path: '/releases/{service}/{version}/effect',
      summary: 'One row of a release’s evidence over time: estimate and interval as published.',
      access: 'admin',
      params: ReleasePath,
      query: EffectSearch,
      answer: ReleaseEffectAnswer,
      async handle({ params, query }, { client, nowMs, signal }) {
        const { service } = params
        const environment = await environmentLately(client, { ...query, service }, nowMs, signal)
        const key = { ...params, environment }
        const { release } = await readJudgedRelease(client, key, signal)
        return {
          data: await readEffect(client, key, release, query, signal),
          meta: { environment },
        }
      },
    }),
    route({
      method: 'get',
      path: '/releases/{service}/{version}/history',
      summary: 'Every change of a release’s verdict, and from when to when it can be replayed.',
      access: 'admin',
      params: ReleasePath,
      query: ReleaseSearch,
      answer: ReleaseHistoryAnswer,
      async handle({ params, query }, { client, nowMs, signal }) {
        const { service } = params
        const environment = await environmentLately(client, { ...query, service }, nowMs, signal)
        const key = { ...params, environment }
        const { release } = await readJudgedRelease(client, key, signal)
        return { data: await readHistory(client, key, release, signal), meta: { environment } }
      },
    }),
    route({
      method: 'get',
      path: '/releases/{service}/{version}/proof',
      summary:
        'SQL that counts the numbers of the verdict’s sentence again, and what it must give.',
      access: 'admin',
      params: ReleasePath,
      query: ReleaseReportSearch,
      answer: ReleaseProofAnswer,
      async handle({ params, query }, context) {
        const report = await readAskedReport({ ...params, ...query }, context, jobs)
        return { data: proofOf(report), meta: { environment: report.environment } }
      },
    }),
  ]
}

async function judgedArms(
  { service, version }: ReleasePath,
  query: { environment?: string | undefined },
  { client, nowMs, signal }: RequestContext,
) {
  const environment = await environmentLately(client, { ...query, service }, nowMs, signal)
  const key = { service, version, environment }
  const { release, judgement } = await readJudgedRelease(client, key, signal)
  const arms: Arms = {
    candidate: { version, ...lifeOf(release) },
    baseline: baselineArm(judgement),
  }
  return { key, arms, judgement }
}
