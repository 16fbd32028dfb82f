import { readFileSync } from 'node:fs'
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client'
import { z } from 'zod'
import { RowBinary } from './row-binary.ts'

type QueryDefinition<Params extends z.ZodType, Row extends z.ZodType> = {
  /** The `.sql` file beside its user, or what makes a statement of one. */
  sql: URL | (() => string)
  params: Params
  row: Row
}

/** What every reading query may use: they share two cores with intake. */
const READ_SETTINGS = {
  max_threads: 2,
  // Lower than an insert's 0 (no priority): a heavy page must not hold back intake.
  priority: '1',
  max_memory_usage: String(2 ** 30),
  max_execution_time: 30,
} as const

/** Typed at its edge: parameters are checked before, rows after the database. Read once, when first used. */
export function defineQuery<Params extends z.ZodType, Row extends z.ZodType>({
  sql,
  params,
  row,
}: QueryDefinition<Params, Row>) {
  const rows = z.array(row)
  const textOf = readOnce(sql)
  return async (client: ClickHouseClient, input: z.input<Params>, signal?: AbortSignal) => {
    const answer = await client.query({
      ...request(textOf(), params, input, signal),
      format: 'JSONEachRow',
    })
    return rows.parse(await answer.json())
  }
}

/** As {@link defineQuery}, for answers of very many rows: one array per column, all of one length. */
export function defineColumnsQuery<Params extends z.ZodType, Columns extends z.ZodRawShape>({
  sql,
  params,
  columns,
}: {
  sql: URL
  params: Params
  columns: z.ZodObject<Columns>
}) {
  // Of no rows ClickHouse sends no columns either.
  const Answer = z.object({
    meta: z.array(z.object({ name: z.string() })),
    data: z.looseObject({}),
  })
  const textOf = readOnce(sql)
  return async (client: ClickHouseClient, input: z.input<Params>, signal?: AbortSignal) => {
    const answer = await client.query({
      ...request(textOf(), params, input, signal),
      format: 'JSONColumnsWithMetadata',
    })
    const { meta, data } = Answer.parse(await answer.json())
    return columns.parse(Object.fromEntries(meta.map(({ name }) => [name, data[name] ?? []])))
  }
}

/**
 * As {@link defineQuery}, for answers too large to hold: `readRow` is called for each row as it comes,
 * and takes from the reader the statement's columns, in their order.
 */
export function defineStreamQuery<Params extends z.ZodType>({
  sql,
  params,
}: {
  sql: URL
  params: Params
}) {
  const textOf = readOnce(sql)
  return async (
    client: ClickHouseClient,
    input: z.input<Params>,
    readRow: (row: RowBinary) => void,
  ): Promise<void> => {
    const asked = request(textOf(), params, input, undefined)
    const { stream } = await client.exec({ ...asked, query: `${asked.query} FORMAT RowBinary` })
    const rows = new RowBinary()
    for await (const chunk of stream) rows.push(chunk as Buffer, () => readRow(rows))
    if (rows.left > 0) throw new Error(`An answer of ClickHouse ended within a row (${sql.href}).`)
  }
}

function readOnce(sql: URL | (() => string)): () => string {
  let text: string | undefined
  return () => (text ??= sql instanceof URL ? readFileSync(sql, 'utf8') : sql())
}

function request<Params extends z.ZodType>(
  query: string,
  params: Params,
  input: z.input<Params>,
  signal: AbortSignal | undefined,
): {
  query: string
  query_params: Record<string, unknown>
  clickhouse_settings: ClickHouseSettings
  abort_signal?: AbortSignal
} {
  return {
    query,
    query_params: params.parse(input) as Record<string, unknown>, // every params schema is an object
    clickhouse_settings: READ_SETTINGS,
    ...(signal !== undefined && { abort_signal: signal }),
  }
}
