import type { CheckedRequest, JournalLimits } from '../../../collector/src/journal/journal.ts'

type Request = Omit<CheckedRequest, 'bytes' | 'items' | 'receivedMs'> & {
  isPoison: boolean
  padding: number
}

/** What a seed makes happen; times in ms from the start. */
export interface Plan {
  limits: Partial<JournalLimits>
  requests: {
    id: string
    atMs: number
    request: Request
    /** The sender gives up then, if it was not answered. */
    hangUpMs: number | undefined
    /** It sends the same body again then, if it was not answered. */
    resendMs: number | undefined
  }[]
  /** Of the collector, by the number of things that happened before. */
  crashes: { atEvent: number; kind: 'kill' | 'power cut'; downMs: number }[]
  engineCrashes: { atMs: number; downMs: number }[]
  troubles: { kind: 'disk' | 'engine'; fromMs: number; untilMs: number; chance: number }[]
  /** From then on nothing goes wrong any more. */
  calmAtMs: number
}

export function planOf(random: () => number): Plan {
  const below = (n: number) => Math.floor(random() * n)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  const many = <T>(max: number, make: (i: number) => T) =>
    Array.from({ length: below(max + 1) }, (_, i) => make(i))

  const durationMs = 2000 + random() * 20_000
  const poisonShare = random() < 0.4 ? 0.05 : 0
  const days = random() < 0.3 ? 3 : 1
  const requests = Array.from({ length: 10 + below(50) }, (_, i) => ({
    id: `r${i}`,
    atMs: random() * durationMs,
    request: {
      ...pick(kinds)(below),
      projectNumber: 1 + below(2),
      keyId: 1 + below(3),
      day: 20_000 - below(days) * (random() < 0.2 ? 20 : 1),
      isPoison: random() < poisonShare,
      padding: random() < 0.1 ? below(3000) : below(100),
    },
    hangUpMs: random() < 0.1 ? random() * 3 : undefined,
    resendMs: random() < 0.5 ? 500 + random() * 5000 : undefined,
  }))
  const troubles = many(4, () => {
    const fromMs = random() * durationMs
    return {
      kind: pick(['disk', 'engine', 'engine'] as const),
      fromMs,
      untilMs: fromMs + random() * 6000,
      chance: pick([0.02, 0.1, 0.3, 0.6]),
    }
  })
  const crashes = many(4, () => ({
    atEvent: 5 + below(pick([100, 500, 2000])),
    kind: pick(['kill', 'power cut'] as const),
    downMs: 50 + random() * 2000,
  }))
  return {
    limits: {
      segmentBytesMax: pick([600, 4000, 30_000]),
      segmentAgeMs: pick([2000, 60_000]),
      batchRowsMax: pick([5, 40, 1000]),
      batchAgeMs: pick([50, 1000]),
      heldBytesMax: pick([0, 500, 2 ** 20]),
      groupRequestsMax: pick([1, 3, 1024]),
      groupBytesMax: pick([200, 2 ** 20]),
      freeBytesMin: 2 ** 30,
      journalBytesMax: 2 ** 30,
    },
    requests: requests.toSorted((a, b) => a.atMs - b.atMs),
    crashes: crashes.toSorted((a, b) => a.atEvent - b.atEvent),
    engineCrashes: many(2, () => ({ atMs: random() * durationMs, downMs: 200 + random() * 8000 })),
    troubles,
    calmAtMs: durationMs + random() * 5000,
  }
}

type Below = (n: number) => number

const kinds: readonly ((below: Below) => Pick<Request, 'kind' | 'rows'>)[] = [
  (below) => ({ kind: 'logs', rows: { otel_logs: 1 + below(4) } }),
  (below) => ({ kind: 'traces', rows: { otel_traces: 1 + below(4) } }),
  (below) => ({
    kind: 'metrics',
    rows: { otel_metrics_sum: 1 + below(3), otel_metrics_gauge: 1 + below(3) },
  }),
]
