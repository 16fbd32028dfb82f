import { LogsAnswer, LogsSearch, LogTailSearch } from '@aftermath/schemas/api/logs'
import { TracePath, TraceSearch } from '@aftermath/schemas/api/traces'
import { LogPlace, readLogList, readTraceLogs } from '../explore/log-list.ts'
import { followLogs } from '../explore/log-tail.ts'
import { readTraceRange } from '../explore/trace.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { sendEvents } from './event-stream.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'
import { environmentOf, rangeOf } from './scope.ts'

/** Each asks the database every second. */
const TAILS_MAX = 16
const TRACE_LOGS_MAX = 1000

export function logRoutes({ now }: { now: () => number }): Route[] {
  let tails = 0
  return [
    route({
      method: 'get',
      path: '/logs',
      summary: 'Log records, newest first, by service, release, severity and text.',
      access: 'admin',
      query: LogsSearch,
      answer: LogsAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const range = rangeOf(query, nowMs)
        const environment = await environmentOf(client, query, range, signal)
        const after = readCursor(query.cursor, LogPlace)
        const filter = { ...query, environment, ...range }
        const page = { limit: query.limit, after }
        const { rows, next } = await readLogList(client, filter, page, signal)
        return { data: rows, meta: { environment, nextCursor: writeCursor(next) } }
      },
    }),
    route({
      method: 'get',
      path: '/logs/tail',
      sheddable: 'live',
      summary: 'Log records as they arrive, as server-sent events of { rows, more }.',
      access: 'admin',
      query: LogTailSearch,
      async handle({ query }, { client, nowMs, signal, res }) {
        if (tails >= TAILS_MAX) {
          throw new Problem(429, `${TAILS_MAX} logs are followed already: end one of them.`, {
            headers: { 'retry-after': '10' },
          })
        }
        tails++
        try {
          const lately = rangeOf({ from: '-24h', to: 'now' }, nowMs)
          const environment = await environmentOf(client, query, lately, signal)
          const events = followLogs(client, { ...query, environment }, now, signal)
          await sendEvents(res, dataOf(events), signal)
        } finally {
          tails--
        }
        return { sent: true }
      },
    }),
    route({
      method: 'get',
      path: '/traces/{traceId}/logs',
      summary: 'Log records of one trace, oldest first.',
      access: 'admin',
      params: TracePath,
      query: TraceSearch,
      answer: LogsAnswer,
      async handle({ params: { traceId } }, { client, signal }) {
        const range = await readTraceRange(client, traceId, signal)
        if (range === undefined) return { data: [] }
        const rows = await readTraceLogs(client, range, TRACE_LOGS_MAX + 1, signal)
        const partial = rows.length > TRACE_LOGS_MAX
        return { data: rows.slice(-TRACE_LOGS_MAX), meta: { partial } }
      },
    }),
  ]
}

async function* dataOf<T>(events: AsyncIterable<T>) {
  for await (const data of events) yield { data }
}
