import { ReleasePath } from '@aftermath/schemas/api/releases'
import { ReplayAnswer, ReplaySearch } from '@aftermath/schemas/api/replay'
import { databaseOf } from '../control/control.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { firstDifference } from './first-difference.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'
import { environmentLately } from './scope.ts'
import { readJudgement } from './stored-judgement.ts'

export function replayRoutes(jobs: Pick<Jobs, 'replay'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/releases/{service}/{version}/replay',
      summary: 'A stored verdict, made again from the counts it was made of.',
      access: 'admin',
      params: ReleasePath,
      query: ReplaySearch,
      answer: ReplayAnswer,
      async handle({ params, query }, { client, project, nowMs, signal }) {
        const { service, version } = params
        const environment = await environmentLately(client, { ...query, service }, nowMs, signal)
        const atMs = query.at === undefined ? nowMs : Date.parse(query.at)
        const asked = { service, environment, version, atMs }
        const replay = await jobs.replay(databaseOf(project), asked)
        if (replay === undefined) {
          const then = query.at === undefined ? 'yet' : `by ${query.at}`
          throw new Problem(404, `${service} ${version} was not judged in ${environment} ${then}.`)
        }
        const { stored, replayed, codeVersion, judgedMs } = replay
        const judgement = readJudgement(stored)
        if (judgement === undefined) {
          throw new Problem(404, 'That verdict was stored by a program that judged otherwise.')
        }
        const data = {
          service,
          environment,
          version,
          judgedAt: new Date(judgedMs).toISOString(),
          verdict: judgement.verdict,
          sentence: judgement.sentence,
          same: stored === replayed,
          difference: firstDifference(stored, replayed),
          sameCode: codeVersion.stored === codeVersion.replaying,
          bytes: Buffer.byteLength(stored),
        }
        return { data, meta: { environment } }
      },
    }),
  ]
}
