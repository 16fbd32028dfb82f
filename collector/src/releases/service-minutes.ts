import type { MinuteWindow } from '@aftermath/analysis/baseline/choose-baseline'
import type { Control, ControlMinutes } from '@aftermath/analysis/verdict/judgement'
import type { VersionMinutes } from '@aftermath/analysis/counts/minute-columns'
import { z } from 'zod'
import { defineColumnsQuery } from '../clickhouse/query.ts'
import { createRecentFirst } from './recent-first.ts'
import type { Known } from './remembered-minutes.ts'

/** Of all services together, at about 40 bytes each. */
const REMEMBERED_ROWS_MAX = 1_500_000

const queryServices = defineColumnsQuery({
  sql: new URL('service-minutes.sql', import.meta.url),
  params: z.object({
    services: z.array(z.string()),
    environment: z.string(),
    fromMinute: z.int(),
    untilMinute: z.int(),
    asOf: z.int(),
  }),
  columns: z.object({
    service: z.array(z.string()),
    version: z.array(z.string()),
    minute_number: z.array(z.number()),
    requests: z.array(z.number()),
    failures: z.array(z.number()),
  }),
})

/** Rows of one service in ascending minutes: all requests of a version. */
type ServiceRows = MinuteWindow & {
  /** How often its minutes had been closed again when they were read. */
  reopened: number
  minute: number[]
  version: string[]
  requests: number[]
  failures: number[]
}

/** Remembers services minute by minute. */
export function rememberServiceMinutes() {
  const remembered = createRecentFirst<ServiceRows>(
    REMEMBERED_ROWS_MAX,
    ({ minute }) => minute.length + 100,
  )

  /** Reads what is missing of the services in the window, in one statement if all miss the same. */
  async function rowsOf(
    known: Known,
    services: readonly string[],
    window: MinuteWindow,
  ): Promise<Map<string, ServiceRows>> {
    const { client, database, place, nowMs, reopened } = known
    const keyOf = (service: string) => JSON.stringify([database, place.environment, service])
    const found = new Map<string, ServiceRows>()
    const plans = services.flatMap((service) => {
      const times = reopened.get(service) ?? 0
      const have = remembered.get(keyOf(service))
      const isCurrent =
        have !== undefined && window.fromMinute >= have.fromMinute && have.reopened === times
      if (isCurrent && window.untilMinute <= have.untilMinute) {
        found.set(service, have)
        return []
      }
      const fromMinute = isCurrent
        ? have.untilMinute
        : Math.min(window.fromMinute, have?.fromMinute ?? Infinity)
      const untilMinute = Math.max(window.untilMinute, have?.untilMinute ?? 0)
      return [{ service, times, before: isCurrent ? have : undefined, fromMinute, untilMinute }]
    })
    const alike = Map.groupBy(
      plans,
      ({ fromMinute, untilMinute }) => `${fromMinute} ${untilMinute}`,
    )
    for (const group of alike.values()) {
      const { fromMinute, untilMinute } = group[0]! // a group is never empty
      const columns = await queryServices(client, {
        services: group.map(({ service }) => service),
        environment: place.environment,
        fromMinute,
        untilMinute,
        asOf: nowMs,
      })
      const ranges = rangesOf(columns.service)
      for (const { service, times, before } of group) {
        const [first, end] = ranges.get(service) ?? [0, 0]
        const more = <Value>(values: readonly Value[]) => values.slice(first, end)
        const rows: ServiceRows = {
          fromMinute: before?.fromMinute ?? fromMinute,
          untilMinute,
          reopened: times,
          minute: [...(before?.minute ?? []), ...more(columns.minute_number)],
          version: [...(before?.version ?? []), ...more(columns.version)],
          requests: [...(before?.requests ?? []), ...more(columns.requests)],
          failures: [...(before?.failures ?? []), ...more(columns.failures)],
        }
        remembered.put(keyOf(service), rows)
        found.set(service, rows)
      }
    }
    return found
  }

  return {
    /** As release-totals.sql. */
    async totals(known: Known, window: MinuteWindow): Promise<VersionMinutes> {
      const { service } = known.place
      const rows = (await rowsOf(known, [service], window)).get(service)!
      const places = new Map<string, number>()
      const within = indexesOf(rows, window).filter((row) => rows.version[row] !== '')
      const version = within.map((row) => {
        const name = rows.version[row]!
        if (!places.has(name)) places.set(name, places.size)
        return places.get(name)!
      })
      return {
        versions: [...places.keys()],
        version: Uint16Array.from(version),
        minute: Int32Array.from(within, (row) => rows.minute[row]!),
        requests: Float64Array.from(within, (row) => rows.requests[row]!),
        failures: Float64Array.from(within, (row) => rows.failures[row]!),
      }
    },

    /** As control-minutes.sql. */
    async controls(
      known: Known,
      reference: MinuteWindow,
      comparison: MinuteWindow,
    ): Promise<Control[]> {
      const others = [...known.reopened.keys()].filter((name) => name !== known.place.service)
      const both = {
        fromMinute: Math.min(reference.fromMinute, comparison.fromMinute),
        untilMinute: Math.max(reference.untilMinute, comparison.untilMinute),
      }
      const rows = await rowsOf(known, others, both)
      return [...rows.keys()].toSorted().flatMap((service) => {
        const before = minutesOf(rows.get(service)!, reference)
        const after = minutesOf(rows.get(service)!, comparison)
        if (before.minute.length === 0 && after.minute.length === 0) return []
        return [{ service, reference: before, comparison: after }]
      })
    },
  }
}

/** Sorted by service: the rows of one stand together. */
function rangesOf(services: readonly string[]): Map<string, [first: number, end: number]> {
  const ranges = new Map<string, [number, number]>()
  for (let first = 0, end = 0; first < services.length; first = end) {
    while (end < services.length && services[end] === services[first]) end++
    ranges.set(services[first]!, [first, end])
  }
  return ranges
}

function indexesOf({ minute }: ServiceRows, { fromMinute, untilMinute }: MinuteWindow): number[] {
  const within: number[] = []
  for (let row = 0; row < minute.length; row++) {
    if (minute[row]! >= fromMinute && minute[row]! < untilMinute) within.push(row)
  }
  return within
}

/** All versions of a service together. */
function minutesOf(rows: ServiceRows, window: MinuteWindow): ControlMinutes {
  const minute: number[] = []
  const requests: number[] = []
  const failures: number[] = []
  for (const row of indexesOf(rows, window)) {
    if (minute.at(-1) !== rows.minute[row]) {
      minute.push(rows.minute[row]!)
      requests.push(0)
      failures.push(0)
    }
    const last = minute.length - 1
    requests[last]! += rows.requests[row]!
    failures[last]! += rows.failures[row]!
  }
  return {
    minute: Int32Array.from(minute),
    requests: Float64Array.from(requests),
    failures: Float64Array.from(failures),
  }
}
