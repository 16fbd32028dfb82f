import type { ClickHouseClient } from '@clickhouse/client'
import type { Known } from '../releases/remembered-minutes.ts'
import type { Look } from './judge-release.ts'

/** Whose minutes a look reads, and what had come late for them when it was decided. */
export function knownOf(
  { client, database }: { client: ClickHouseClient; database: string },
  { line, others, nowMs }: Look,
): Known {
  return {
    client,
    database,
    place: { service: line.service, environment: line.environment },
    nowMs,
    lateOfServices: new Map([line, ...others].map(({ service, late }) => [service, late])),
    lateOfVersions: new Map(line.releases.map((release) => [release.version, release])),
  }
}
