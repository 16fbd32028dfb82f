import {
  PatchClaim,
  PatchClaimAnswer,
  PatchPath,
  PatchScope,
  ReleasePatchesAnswer,
} from '@aftermath/schemas/api/patches'
import { ReleasePath, ReleaseSearch } from '@aftermath/schemas/api/releases'
import { storeClaim, verifyPatches } from '../patches/verify-patches.ts'
import { readJudgedRelease } from './judged-release.ts'
import { route, type Route } from './route.ts'
import { environmentLately } from './scope.ts'

export function patchRoutes(): Route[] {
  return [
    route({
      method: 'put',
      path: '/patches/{id}',
      summary:
        'Claim that a release fixes errors, by their hashes. The newest claim of an id counts.',
      access: 'admin',
      params: PatchPath,
      query: PatchScope,
      body: PatchClaim,
      answer: PatchClaimAnswer,
      async handle({ params, body }, { client, nowMs }) {
        await storeClaim(client, params.id, body, nowMs)
        return { data: { ...body, id: params.id } }
      },
    }),
    route({
      method: 'get',
      path: '/releases/{service}/{version}/patches',
      summary: 'What a release claims to have fixed, and whether it did.',
      access: 'admin',
      params: ReleasePath,
      query: ReleaseSearch,
      answer: ReleasePatchesAnswer,
      async handle({ params, query }, { client, nowMs, signal }) {
        const { service, version } = params
        const environment = await environmentLately(client, { ...query, service }, nowMs, signal)
        const judged = await readJudgedRelease(client, { service, environment, version }, signal)
        const data = await verifyPatches(client, { ...judged, nowMs }, signal)
        return { data, meta: { environment } }
      },
    }),
  ]
}
