import { ProjectSlug } from '@aftermath/schemas/api/common'
import { OnboardingAnswer } from '@aftermath/schemas/api/onboarding'
import { z } from 'zod'
import type { Config } from '../config.ts'
import type { Control } from '../control/control.ts'
import type { Attempts } from '../receive/receive.ts'
import { readReleaseLines } from '../releases/read-releases.ts'
import { sendEvents } from './event-stream.ts'
import { route, type Route } from './route.ts'

type Deps = {
  config: Config
  control: Control
  attempts: Attempts
  /** Where senders reach the ingest port. */
  ingestUrl: () => string
  grpcUrl: () => string
}

const ProjectSearch = z.strictObject({ project: ProjectSlug.default('default') })

export function onboardingRoutes({ config, control, attempts, ingestUrl, grpcUrl }: Deps): Route[] {
  return [
    route({
      method: 'get',
      path: '/onboarding',
      summary: 'What a sender needs, what has arrived, and the last attempts.',
      access: 'admin',
      query: ProjectSearch,
      answer: OnboardingAnswer,
      async handle(_, { client, project, signal }) {
        const lines = await readReleaseLines(client, {}, signal)
        const releases = lines.flatMap((line) => line.releases)
        return {
          data: {
            ingestUrl: ingestUrl(),
            grpcUrl: grpcUrl(),
            ingestKey: control.keyOf(project),
            // Keyless requests of this machine belong to the default project.
            keyNeeded: config.openIngest === 'never' || project.number !== 1,
            checks: {
              telemetry: lines.length > 0,
              version: releases.length > 0,
              environment:
                attempts.recent(project.slug).some(({ environment }) => environment !== null) ||
                lines.some(({ environment }) => environment !== 'production'),
              deployment: releases.some(({ deployedMs }) => deployedMs.length > 0),
            },
            attempts: attempts.recent(project.slug),
          },
        }
      },
    }),
    route({
      method: 'get',
      path: '/onboarding/attempts',
      sheddable: 'live',
      summary: 'Requests of senders as they come, accepted and refused, as server-sent events.',
      access: 'admin',
      query: ProjectSearch,
      async handle(_, { project, res, signal }) {
        await sendEvents(res, named(attempts.follow(project.slug, signal)), signal)
        return { sent: true }
      },
    }),
  ]
}

async function* named<T extends { id: number }>(events: AsyncIterable<T>) {
  for await (const data of events) yield { id: data.id, data }
}
