import {
  SpanAnswer,
  SpanPath,
  TraceAnswer,
  TracePath,
  TraceSearch,
  TracesAnswer,
  TracesSearch,
} from '@aftermath/schemas/api/traces'
import { OTHER, readTraceList, TracePlace } from '../explore/trace-list.ts'
import { readSpanDetails, readTrace } from '../explore/trace.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'
import { environmentOf, rangeOf } from './scope.ts'

export function traceRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/traces',
      summary:
        'What services did for their callers, newest, slowest or failed first, each with its trace.',
      access: 'admin',
      query: TracesSearch,
      answer: TracesAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        if (query.operation === OTHER && query.service === undefined) {
          throw new Problem(400, `The operation ${OTHER} is the rest of one service: name it.`)
        }
        const range = rangeOf(query, nowMs)
        const environment = await environmentOf(client, query, range, signal)
        const after = readCursor(query.cursor, TracePlace)
        const { rows, next } = await readTraceList(
          client,
          { ...query, environment, ...range },
          { ...query, after },
          signal,
        )
        return { data: rows, meta: { environment, nextCursor: writeCursor(next) } }
      },
    }),
    route({
      method: 'get',
      path: '/traces/{traceId}',
      summary: 'All spans of one trace, by start.',
      access: 'admin',
      params: TracePath,
      query: TraceSearch,
      answer: TraceAnswer,
      async handle({ params: { traceId } }, { client, signal }) {
        const trace = await readTrace(client, traceId, signal)
        if (trace === undefined) {
          throw new Problem(
            404,
            `No span of trace ${traceId} is stored: it may be on its way still, sampled away by its sender, or older than what is kept.`,
          )
        }
        return { data: trace, meta: { partial: trace.truncated } }
      },
    }),
    route({
      method: 'get',
      path: '/traces/{traceId}/spans/{spanId}',
      summary: 'Everything that was sent about a span; more than one where its id was repeated.',
      access: 'admin',
      params: SpanPath,
      query: TraceSearch,
      answer: SpanAnswer,
      async handle({ params }, { client, signal }) {
        const details = await readSpanDetails(client, params, signal)
        if (details.length === 0) {
          throw new Problem(404, `Trace ${params.traceId} has no span ${params.spanId}.`)
        }
        return { data: details }
      },
    }),
  ]
}
