import { StatusAnswer, type Status } from '@aftermath/schemas/api/status'
import { route, type Route } from './route.ts'

export function statusRoutes(readStatus: () => Promise<Status>): Route[] {
  return [
    route({
      method: 'get',
      path: '/status',
      summary: 'The system itself: intake, journal, engine, disk, jobs, and what is wrong.',
      access: 'admin',
      answer: StatusAnswer,
      handle: async () => ({ data: await readStatus() }),
    }),
  ]
}
