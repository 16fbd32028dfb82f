import {
  DeadLetterAnswer,
  DeadLetterParams,
  DeadLetterScope,
  DeadLettersAnswer,
  DeadLetterSearch,
  type DeadLetter,
} from '@aftermath/schemas/api/dead-letters'
import type { Project } from '../control/control.ts'
import type { DeadLetters, StoredLetter } from '../store/store.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'

export function deadLetterRoutes({ deadLetters }: { deadLetters: DeadLetters }): Route[] {
  const find = (project: Project, id: string): StoredLetter => {
    const letter = deadLetters.find(project.number, id)
    if (letter === undefined) throw new Problem(404, `There is no dead letter ${id}.`)
    return letter
  }
  return [
    route({
      method: 'get',
      path: '/dead-letters',
      summary: 'Acknowledged telemetry that ClickHouse would not take, newest first.',
      access: 'admin',
      query: DeadLetterSearch,
      answer: DeadLettersAnswer,
      async handle({ query }, { project }) {
        const letters = deadLetters.list(project.number).slice(0, query.limit)
        return { data: letters.map((one) => described(one, project)) }
      },
    }),
    route({
      method: 'get',
      path: '/dead-letters/{id}',
      summary: 'One dead letter.',
      access: 'admin',
      params: DeadLetterParams,
      query: DeadLetterScope,
      answer: DeadLetterAnswer,
      handle: async ({ params }, { project }) => ({
        data: described(find(project, params.id), project),
      }),
    }),
    route({
      method: 'get',
      path: '/dead-letters/{id}/bytes',
      summary: 'The telemetry of a dead letter as it was received: OTLP protobuf.',
      access: 'admin',
      params: DeadLetterParams,
      query: DeadLetterScope,
      async handle({ params }, { project, res }) {
        const { id, kind } = find(project, params.id)
        const bytes = await deadLetters.read(id)
        if (bytes === undefined) throw new Problem(404, `There is no dead letter ${id}.`)
        res.setHeader('content-disposition', `attachment; filename="${id}-${kind}.otlp"`)
        res.setHeader('cache-control', 'no-store')
        res.type('application/x-protobuf').send(bytes)
        return { sent: true }
      },
    }),
    route({
      method: 'post',
      path: '/dead-letters/{id}/replay',
      summary: 'Store a dead letter again, once what kept it out is mended.',
      access: 'admin',
      params: DeadLetterParams,
      query: DeadLetterScope,
      answer: DeadLetterAnswer,
      async handle({ params }, { project }) {
        const letter = find(project, params.id)
        const outcome = await deadLetters.replay(letter)
        if (outcome === 'full') {
          throw new Problem(503, 'The journal takes nothing at the moment. The letter stays.', {
            headers: { 'retry-after': '5' },
          })
        }
        return { data: described(letter, project) }
      },
    }),
    route({
      method: 'delete',
      path: '/dead-letters/{id}',
      summary: 'Drop a dead letter. Its telemetry is gone then.',
      access: 'admin',
      params: DeadLetterParams,
      query: DeadLetterScope,
      answer: DeadLetterAnswer,
      async handle({ params }, { project }) {
        const letter = find(project, params.id)
        await deadLetters.discard(letter)
        return { data: described(letter, project) }
      },
    }),
  ]
}

function described(letter: StoredLetter, project: Project): DeadLetter {
  const { id, kind, requests, items, bytes, reason, code, message } = letter
  const time = (ms: number) => new Date(ms).toISOString()
  const { receivedMs, buriedMs, replayStartedMs } = letter
  return {
    ...{ id, project: project.slug, kind, requests, items, bytes, reason, code, message },
    received: time(receivedMs),
    buried: time(buriedMs),
    replayStarted: replayStartedMs === null ? null : time(replayStartedMs),
  }
}
