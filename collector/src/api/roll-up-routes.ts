import { timePointMs } from '@aftermath/schemas/api/common'
import { DifferencesAnswer, DifferencesSearch } from '@aftermath/schemas/api/roll-ups'
import type { z } from 'zod'
import { databaseOf } from '../control/control.ts'
import type { Store } from '../store/store.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'

const MINUTES_MAX = 24 * 60

export function rollUpRoutes({ recount }: Pick<Store, 'recount'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/roll-ups/differences',
      summary: 'Count the roll-ups again from the raw rows, and tell where they differ.',
      access: 'admin',
      query: DifferencesSearch,
      answer: DifferencesAnswer,
      async handle({ query }, { project, nowMs }) {
        const minutes = minutesOf(query, nowMs)
        const differences = await recount(databaseOf(project), minutes)
        return {
          data: differences.map(({ target, minute }) => ({
            table: target,
            minute: new Date(minute * 1000).toISOString(),
          })),
        }
      },
    }),
  ]
}

/** Whole minutes, in Unix seconds, that the range touches. */
function minutesOf(
  { from, to }: z.output<typeof DifferencesSearch>,
  nowMs: number,
): number[] | undefined {
  if (from === undefined) return undefined
  const first = Math.floor(timePointMs(from, nowMs) / 60_000)
  const count = Math.ceil(timePointMs(to, nowMs) / 60_000) - first
  if (count <= 0) throw new Problem(400, 'from must lie before to.')
  if (count > MINUTES_MAX) throw new Problem(400, 'The range is longer than a day.')
  return Array.from({ length: count }, (_, i) => (first + i) * 60)
}
