import type { ClickHouseClient } from '@clickhouse/client'
import type { Logger } from 'pino'
import { z } from 'zod'

const BrokenParts = z.array(
  z.object({ database: z.string(), table: z.string(), partition: z.string(), parts: z.number() }),
)

/**
 * Parts that ClickHouse set aside because it could not read them: their rows are missing from every
 * answer. It makes no others by itself; those that a person detached have no reason.
 */
export async function countBrokenParts(client: ClickHouseClient, log: Logger): Promise<number> {
  const answer = await client.query({
    query: `SELECT database, table, coalesce(partition_id, '') AS partition, count() AS parts
      FROM system.detached_parts
      WHERE (startsWith(reason, 'broken') OR reason = 'noquorum') AND (database = 'aftermath' OR startsWith(database, 'aftermath_'))
      GROUP BY ALL ORDER BY database, table, partition`,
    format: 'JSONEachRow',
  })
  const found = BrokenParts.parse(await answer.json())
  if (found.length > 0)
    log.error({ found: found.slice(0, 50) }, 'ClickHouse set broken parts aside')
  return found.reduce((sum, { parts }) => sum + parts, 0)
}
