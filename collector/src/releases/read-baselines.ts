import { BaselineSummary } from '@aftermath/schemas/verdict'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { readLastVerdicts } from './read-releases.ts'

const Judged = z.object({ baseline: BaselineSummary })

/** What the releases of a service were last judged against, by version. */
export async function readBaselines(
  client: ClickHouseClient,
  place: { service: string; environment: string },
  signal?: AbortSignal,
): Promise<Map<string, BaselineSummary>> {
  const rows = await readLastVerdicts(client, place, signal)
  return new Map(
    rows.flatMap(({ version, body }) => {
      const judged = Judged.safeParse(JSON.parse(body))
      return judged.success ? [[version, judged.data.baseline] as const] : []
    }),
  )
}
