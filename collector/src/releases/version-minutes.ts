import { createHash } from 'node:crypto'
import type { MinuteWindow } from '@aftermath/analysis/baseline/choose-baseline'
import { BucketCounts } from './bucket-counts.ts'
import { ColumnsBuilder } from './columns-builder.ts'
import { readJudgedMinutes, type JudgedMinute } from './judged-minutes.ts'
import { readJudgedSignals, type SignalMinute } from './judged-signals.ts'
import type { MinuteReader } from './read-minutes.ts'
import { createRecentFirst } from './recent-first.ts'
import type { Known } from './remembered-minutes.ts'

/** Of all columns together, at 47 bytes each. */
const COLUMN_ROWS_MAX = 1_500_000
/** Of all histograms together, at about 40 bytes each. */
const BUCKETS_MAX = 500_000
/** An hour is what is looked at apart from the whole life. */
const TAIL_MINUTES = 60
/** Of all last hours together, at 6 bytes each. */
const TAIL_BUCKETS_MAX = 4_000_000
/** Of all signals together, at about 200 bytes each. */
const SIGNAL_ROWS_MAX = 150_000

/** What was added up of a window that began where the next one is asked for. */
type Sums<Of> = MinuteWindow & { reopened: number; sums: Of }

/** The last minutes of a version, as they were read. */
type Tail = MinuteWindow & { reopened: number; minutes: JudgedMinute[] }

const emptyWindow = ({ fromMinute }: MinuteWindow): MinuteWindow => ({
  fromMinute,
  untilMinute: fromMinute,
})

function copyOf({ minute, operations, failures, ends, buckets, requests }: JudgedMinute) {
  const count = operations.length
  const end = ends[count - 1] ?? 0
  return {
    minute,
    operations,
    failures: failures.slice(0, count),
    ends: ends.slice(0, count),
    buckets: buckets.slice(0, end),
    requests: requests.slice(0, end),
  }
}

/**
 * Remembers what was added up of closed minutes, so that a window that grew costs what it grew by.
 */
export function rememberVersionMinutes() {
  const histograms = createRecentFirst<Sums<BucketCounts>>(BUCKETS_MAX, ({ sums }) => sums.size)
  const columns = createRecentFirst<Sums<ColumnsBuilder>>(
    COLUMN_ROWS_MAX,
    ({ sums }) => sums.rows + 100,
  )
  const signals = createRecentFirst<Sums<SignalMinute[]>>(
    SIGNAL_ROWS_MAX,
    ({ sums }) => sums.length + 10,
  )

  const tails = createRecentFirst<Tail>(TAIL_BUCKETS_MAX, ({ minutes }) =>
    minutes.reduce((sum, { buckets }) => sum + buckets.length, 10),
  )

  /** Reads minutes of a version; those of the last hour once, whoever asks for them. */
  async function readMinutes(
    known: Known,
    version: string,
    window: MinuteWindow,
    visit: (minute: JudgedMinute) => void,
  ): Promise<void> {
    const { client, database, place, nowMs } = known
    const key = JSON.stringify([database, place.environment, place.service, version])
    const reopened = known.reopened.get(place.service) ?? 0
    const have = tails.take(key)
    const isCurrent =
      have !== undefined && have.reopened === reopened && have.fromMinute <= window.fromMinute
    const tail: Tail = isCurrent ? have : { reopened, ...emptyWindow(window), minutes: [] }
    const read = (missing: MinuteWindow, each: (minute: JudgedMinute) => void) =>
      readJudgedMinutes(client, { ...place, version, asOf: nowMs }, missing, each)
    const keepFrom = window.untilMinute - TAIL_MINUTES
    if (isCurrent) {
      const missing = { fromMinute: tail.untilMinute, untilMinute: window.untilMinute }
      if (missing.fromMinute < missing.untilMinute) {
        await read(missing, (minute) => tail.minutes.push(copyOf(minute)))
        tail.untilMinute = window.untilMinute
      }
      for (const minute of tail.minutes) {
        if (minute.minute >= window.fromMinute && minute.minute < window.untilMinute) visit(minute)
      }
    } else {
      await read(window, (minute) => {
        visit(minute)
        if (minute.minute >= keepFrom) tail.minutes.push(copyOf(minute))
      })
      tail.untilMinute = window.untilMinute
      // An older window says nothing of the last hour.
      if (have !== undefined && have.reopened === reopened && have.untilMinute > tail.untilMinute) {
        tails.put(key, have)
        return
      }
      tail.fromMinute = Math.max(tail.fromMinute, keepFrom)
    }
    if (tail.fromMinute < tail.untilMinute - TAIL_MINUTES) {
      tail.fromMinute = tail.untilMinute - TAIL_MINUTES
      tail.minutes = tail.minutes.filter(({ minute }) => minute >= tail.fromMinute)
    }
    tails.put(key, tail)
  }

  /** Brings what is remembered of a window up to date, or begins it. */
  async function grown<Of>(
    known: Known,
    remembered: ReturnType<typeof createRecentFirst<Sums<Of>>>,
    asked: { key: string; window: MinuteWindow; begin: () => Of },
    add: (sums: Of, missing: MinuteWindow) => Promise<void>,
  ): Promise<Of> {
    const { window, begin } = asked
    const reopened = known.reopened.get(known.place.service) ?? 0
    let { key } = asked
    let have = remembered.take(key)
    // Two windows may begin alike, one of them a baseline's that stays as it is.
    if (have !== undefined && have.untilMinute > window.untilMinute) {
      remembered.put(key, have)
      key = `${key} ${window.untilMinute}`
      have = remembered.take(key)
    }
    const isCurrent =
      have !== undefined &&
      have.reopened === reopened &&
      have.fromMinute === window.fromMinute &&
      have.untilMinute <= window.untilMinute
    const { sums, untilMinute: fromMinute } =
      have !== undefined && isCurrent ? have : { sums: begin(), untilMinute: window.fromMinute }
    // Taken until it is whole: what failed half way is begun anew.
    if (fromMinute < window.untilMinute) await add(sums, { ...window, fromMinute })
    remembered.put(key, { ...window, reopened, sums })
    return sums
  }

  return (known: Known): Pick<MinuteReader, 'histograms' | 'operationMinutes' | 'signals'> => {
    const { client, database, place, nowMs } = known
    const of = { ...place, asOf: nowMs }
    const keyOf = (...parts: unknown[]) =>
      createHash('sha1')
        .update(JSON.stringify([database, place.environment, place.service, ...parts]))
        .digest('base64')
    return {
      async histograms(version, window) {
        const key = keyOf(version, window.fromMinute)
        const begin = () => new BucketCounts()
        const counts = await grown(known, histograms, { key, window, begin }, (sums, missing) =>
          readMinutes(known, version, missing, (minute) => sums.add(minute)),
        )
        return counts.histograms()
      },

      async operationMinutes(window, { candidate, versions, operations }, thresholds) {
        const key = keyOf(window.fromMinute, candidate, versions, operations, thresholds)
        const begin = () => new ColumnsBuilder(operations, thresholds)
        const built = await grown(known, columns, { key, window, begin }, async (sums, missing) => {
          for (const version of versions) {
            const arm = version === candidate ? 1 : 0
            await readMinutes(known, version, missing, (minute) => sums.add(minute, arm))
          }
        })
        return built.columns()
      },

      async signals(versions, window) {
        const key = keyOf('signals', window.fromMinute, versions)
        return grown(known, signals, { key, window, begin: () => [] }, async (rows, missing) => {
          rows.push(
            ...(await readJudgedSignals(client, { ...of, versions: [...versions], ...missing })),
          )
        })
      },
    }
  }
}
