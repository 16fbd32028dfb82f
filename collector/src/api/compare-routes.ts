import { CompareAnswer, CompareSearch } from '@aftermath/schemas/api/compare'
import { readComparison } from './compare-releases.ts'
import { readJudgedRelease } from './judged-release.ts'
import { route, type Route } from './route.ts'
import { environmentLately } from './scope.ts'

export function compareRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/compare',
      summary: 'Any two releases of a service: differences with intervals, target minus base.',
      access: 'admin',
      query: CompareSearch,
      answer: CompareAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const { service, align } = query
        const environment = await environmentLately(client, query, nowMs, signal)
        const place = { service, environment }
        const [base, target] = await Promise.all(
          [query.base, query.target].map((version) =>
            readJudgedRelease(client, { ...place, version }, signal),
          ),
        )
        const sides = { base: base!.release, target: target!.release } // of two, two
        return {
          data: await readComparison(client, place, sides, align, signal),
          meta: { environment },
        }
      },
    }),
  ]
}
