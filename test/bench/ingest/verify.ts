import { z } from 'zod'
import { differences, noTotals, releaseName, type TotalsByRelease } from './totals.ts'

/** Rows of one statement, 64-bit integers as numbers. */
export type AskRows = (query: string) => Promise<unknown[][]>

// The whole sum exceeds what a number holds exactly.
const RAW = `SELECT ServiceName, ResourceAttributes['service.version'], count(),
    countIf(StatusCode = 'Error'), toString(sum(Duration))
  FROM otel_traces GROUP BY 1, 2`
const ROLLED_UP = `SELECT service, version, sum(count), sum(errors)
  FROM operation_minutes GROUP BY 1, 2`

const Raw = z.array(z.tuple([z.string(), z.string(), z.int(), z.int(), z.string()]))
const RolledUp = z.array(z.tuple([z.string(), z.string(), z.int(), z.int()]))

/**
 * Whether spans and their roll-up by minute are exactly those that were acknowledged: counts, errors
 * and the sum of durations, by service and version.
 *
 * @returns a sentence for each difference
 */
export async function verifyStored(ask: AskRows, expected: TotalsByRelease): Promise<string[]> {
  const stored: TotalsByRelease = new Map()
  for (const [service, version, spans, errors, durationNs] of Raw.parse(await ask(RAW))) {
    const raw = { ...noTotals, spans, errors, durationNs: BigInt(durationNs) }
    stored.set(releaseName(service, version), raw)
  }
  for (const [service, version, count, errors] of RolledUp.parse(await ask(ROLLED_UP))) {
    const release = releaseName(service, version)
    const raw = stored.get(release) ?? noTotals
    stored.set(release, { ...raw, rolledUp: count, rolledUpErrors: errors })
  }
  return differences(expected, stored)
}
