import { testFlag, type FlagMinute } from '@aftermath/analysis/shifts/flag-test'
import type { SuspectFacts } from '@aftermath/analysis/shifts/suspects'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { withSpanFacts } from '../explore/span-facts.ts'

const MINUTE_MS = 60_000
/** Spans are read of half an hour on both sides of a change, and of so many evaluations at most. */
const AROUND_MINUTES = 30
const EVALUATIONS_MAX = 200_000

const readFlagMinutes = defineQuery({
  sql: () => withSpanFacts(new URL('flag-minutes.sql', import.meta.url)),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    flag: z.string(),
    fromNs: z.string(),
    toNs: z.string(),
    evaluationsMax: z.int(),
  }),
  row: z.object({
    minuteNumber: z.int(),
    operation: z.string(),
    variant: z.string(),
    requests: z.number(),
    failures: z.number(),
  }),
})
type FlagRow = Awaited<ReturnType<typeof readFlagMinutes>>[number]

/**
 * Whether requests of a service that met the changed variant of a flag fail more than the others of
 * the same minutes, where its spans tell which they met.
 */
export async function readFlagSplit(
  client: ClickHouseClient,
  place: { service: string; environment: string },
  { flag, changedMs }: { flag: string; changedMs: number },
  signal: AbortSignal,
): Promise<SuspectFacts['split']> {
  const nanoseconds = (ms: number) => String(BigInt(Math.round(ms)) * 1_000_000n)
  const rows = await readFlagMinutes(
    client,
    {
      ...place,
      flag,
      fromNs: nanoseconds(changedMs - AROUND_MINUTES * MINUTE_MS),
      toNs: nanoseconds(changedMs + AROUND_MINUTES * MINUTE_MS),
      evaluationsMax: EVALUATIONS_MAX,
    },
    signal,
  )
  const changedMinute = Math.floor(changedMs / MINUTE_MS)
  const grown = grownVariant(rows, changedMinute)
  if (grown === undefined) return 'unknown'
  const { verdict } = testFlag(
    armsOf(
      rows.filter(({ minuteNumber }) => minuteNumber >= changedMinute),
      grown,
    ),
  )
  if (verdict === 'too_few') return 'unknown'
  return verdict === 'worse' ? 'only_new' : 'both'
}

/** The variant whose share of the requests grew most with the change: what was turned on. */
function grownVariant(rows: readonly FlagRow[], changedMinute: number): string | undefined {
  const variants = [...new Set(rows.map(({ variant }) => variant))]
  const shareOf = (variant: string, isAfter: boolean) => {
    const own = rows.filter(({ minuteNumber }) => minuteNumber >= changedMinute === isAfter)
    const total = own.reduce((sum, { requests }) => sum + requests, 0)
    const met = own
      .filter((row) => row.variant === variant)
      .reduce((sum, { requests }) => sum + requests, 0)
    return total === 0 ? 0 : met / total
  }
  const growth = variants
    .map((variant) => ({ variant, by: shareOf(variant, true) - shareOf(variant, false) }))
    .toSorted((a, b) => b.by - a.by)
  return growth[0] !== undefined && growth[0].by > 0 ? growth[0].variant : undefined
}

function armsOf(rows: readonly FlagRow[], on: string): FlagMinute[] {
  return [...Map.groupBy(rows, ({ minuteNumber }) => minuteNumber)].map(([minute, own]) => ({
    minute,
    strata: [...Map.groupBy(own, ({ operation }) => operation).values()].map((same) => {
      const stratum = { n1: 0, x1: 0, n0: 0, x0: 0 }
      for (const { variant, requests, failures } of same) {
        if (variant === on) {
          stratum.n1 += requests
          stratum.x1 += failures
        } else {
          stratum.n0 += requests
          stratum.x0 += failures
        }
      }
      return stratum
    }),
  }))
}
