import type { ClickHouseClient } from '@clickhouse/client'

type Query = ClickHouseClient['query']

/** The same client, and how many rows the engine read for what was asked through it. */
export function countingClient(client: ClickHouseClient): {
  client: ClickHouseClient
  rowsRead: () => number
} {
  let rowsRead = 0
  const query = async (asked: Parameters<Query>[0]) => {
    const settings = { ...asked.clickhouse_settings, wait_end_of_query: 1 as const }
    const answer = await client.query({ ...asked, clickhouse_settings: settings })
    const summary = String(answer.response_headers['x-clickhouse-summary'])
    rowsRead += Number((JSON.parse(summary) as { read_rows: string }).read_rows)
    return answer
  }
  const counting = new Proxy(client, {
    get: (of, name) => (name === 'query' ? query : Reflect.get(of, name)),
  })
  return { client: counting, rowsRead: () => rowsRead }
}
