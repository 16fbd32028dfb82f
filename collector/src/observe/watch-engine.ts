import { readFileSync } from 'node:fs'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import type { Metrics } from './metrics.ts'

const PAGE_BYTES = 4096

/** ClickHouse's own figures, read when somebody asks. */
export function watchEngine(
  metrics: Pick<Metrics, 'watch' | 'watchTotal'>,
  clickhouse: Pick<ClickHouse, 'facts'>,
): void {
  metrics.watch('engine_up', '1 when ClickHouse answers.', () => (clickhouse.facts().up ? 1 : 0))
  metrics.watchTotal(
    'engine_restarts_total',
    'Starts of the embedded engine after the first.',
    () => clickhouse.facts().restarts,
  )
  metrics.watch('engine_memory_bytes', 'Resident memory of the embedded engine.', () =>
    residentBytes(clickhouse.facts().pid),
  )
  metrics.watch(
    'engine_broken_parts',
    'Parts of tables that ClickHouse could not read and set aside, as of the last hour.',
    () => clickhouse.facts().brokenParts,
  )
}

/** 0 where there is no such process, or the system does not say. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES
  } catch {
    return 0
  }
}
