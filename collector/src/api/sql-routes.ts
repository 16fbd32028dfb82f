import { ProjectSlug } from '@aftermath/schemas/api/common'
import { SqlAnswer, SqlRequest } from '@aftermath/schemas/api/sql'
import { ClickHouseError, type ClickHouseClient, type ClickHouseSettings } from '@clickhouse/client'
import { z } from 'zod'
import { Problem } from './problem.ts'
import { refusalOfStatement } from './refuse-statement.ts'
import { route, type Route } from './route.ts'

const ROWS_MAX = 10_000
const RUNNING_MAX = 2

/** The engine's limits for one statement; `readonly` also keeps it from changing them. */
const SETTINGS = {
  readonly: '2', // reads alone; 1 would refuse the other limits
  max_execution_time: 30,
  max_memory_usage: String(10 ** 9),
  max_result_rows: String(ROWS_MAX),
  result_overflow_mode: 'break',
  max_result_bytes: String(16 * 2 ** 20),
  max_threads: 2,
  priority: '10',
  output_format_json_quote_64bit_integers: 1,
} satisfies ClickHouseSettings

const Rows = z.object({
  meta: z.array(z.object({ name: z.string(), type: z.string() })),
  data: z.array(z.array(z.unknown())),
  rows: z.number(),
  rows_before_limit_at_least: z.number().optional(),
  statistics: z.object({ rows_read: z.number() }),
})

type Deps = {
  /** Connected as the user who may read the project's database and nothing else. */
  readerOf: (database: string) => ClickHouseClient
  databaseOf: (project: { slug: string }) => string
}

export function sqlRoutes({ readerOf, databaseOf }: Deps): Route[] {
  let running = 0
  return [
    route({
      method: 'post',
      path: '/sql',
      sheddable: 'sql',
      summary: 'One read-only SELECT on the project’s tables. 64-bit integers come as text.',
      access: 'admin',
      query: z.strictObject({ project: ProjectSlug.default('default') }),
      body: SqlRequest,
      answer: SqlAnswer,
      async handle({ body }, { project, signal }) {
        const refusal = refusalOfStatement(body.query)
        if (refusal !== undefined) throw new Problem(400, refusal)
        if (running >= RUNNING_MAX) {
          throw new Problem(429, 'Two statements are running already.', {
            headers: { 'retry-after': '2' },
          })
        }
        running++
        try {
          return { whole: await select(readerOf(databaseOf(project)), body.query, signal) }
        } finally {
          running--
        }
      },
    }),
  ]
}

async function select(client: ClickHouseClient, query: string, signal: AbortSignal) {
  const startedMs = performance.now()
  try {
    const answer = await client.query({
      query: query.trim().replace(/;$/, ''),
      format: 'JSONCompact',
      clickhouse_settings: SETTINGS,
      abort_signal: signal,
    })
    const { meta, data, statistics } = Rows.parse(await answer.json())
    return {
      // `break` stops after the block that passes the limit, so some rows may come on top.
      data: data.slice(0, ROWS_MAX),
      meta: {
        columns: meta,
        rows: Math.min(data.length, ROWS_MAX),
        rowsRead: statistics.rows_read,
        truncated: data.length >= ROWS_MAX,
        elapsedMs: Math.round(performance.now() - startedMs),
      },
    }
  } catch (error) {
    if (error instanceof ClickHouseError) throw problemOfEngine(error)
    throw error
  }
}

function problemOfEngine(error: ClickHouseError): Problem {
  switch (Number(error.code)) {
    case 159: // TIMEOUT_EXCEEDED
      return new Problem(408, 'The statement ran for 30 s and was stopped. Narrow the time range.')
    case 241: // MEMORY_LIMIT_EXCEEDED
      return new Problem(
        413,
        'The statement needed more than 1 GB and was stopped. Narrow it, or group less finely.',
      )
    case 396: // TOO_MANY_ROWS_OR_BYTES
      return new Problem(413, 'The answer is larger than 16 MiB. Select fewer columns or rows.')
    default:
      return new Problem(400, error.message.split('\n')[0]!.slice(0, 2000))
  }
}
