import { readFileSync } from 'node:fs'
import type { ClickHouseClient } from '@clickhouse/client'
import { judgedUntilMinute } from '@aftermath/analysis/baseline/choose-baseline'
import { defaultPolicy } from '@aftermath/analysis/policy/policy'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { isOutdated, type Late } from './late.ts'
import type { ReleaseLine } from './read-releases.ts'

/** The closed minutes of a project. What is held in memory only saves work. */
export interface ClosedMinutes {
  /**
   * Closes what may be judged by now.
   *
   * @param dirtyMinutes those whose counts wait for a repair: left out until then
   * @returns the lines; late for them is, from here on, what was closed again
   */
  close: (
    lines: readonly ReleaseLine[],
    dirtyMinutes: readonly number[],
    signal: AbortSignal,
  ) => Promise<ReleaseLine[]>
  /** A time to judge at: not before the last closing, and before the next one. Unix milliseconds. */
  judgingMs: () => number
}

/** How far back late data is looked for: what the judgement of a young release may be made of. */
const LOOKBACK_MINUTES =
  defaultPolicy.lifeMinutes + defaultPolicy.baselineAgeMinutesMax + 2 * 24 * 60
/** So many minutes are written at once: a row holds every operation of a minute. */
const SLICE_MINUTES = 240
/** So many services are compared at once: six weeks of one are tens of thousands of minutes. */
const SERVICES_AT_ONCE = 5
/** Late data that goes on coming is looked for in steps, each so many times as long as the last took. */
const REST_MS = 2000
const REST_PER_WORK = 10

const SETTINGS = {
  async_insert: 0,
  max_threads: 1,
  max_memory_usage: String(2 ** 30),
  max_bytes_before_external_group_by: String(2 ** 28),
} as const

const statement = readFileSync(new URL('close-minutes.sql', import.meta.url), 'utf8')

const readBounds = defineQuery({
  sql: new URL('minute-bounds.sql', import.meta.url),
  params: z.object({}),
  row: z.object({ firstMinute: z.int(), lastClosed: z.int(), lastMs: z.number() }),
})

const readChanged = defineQuery({
  sql: new URL('changed-minutes.sql', import.meta.url),
  params: z.object({
    services: z.array(z.string()),
    fromMinute: z.int(),
    untilMinute: z.int(),
    dirtyMinutes: z.array(z.int()),
  }),
  row: z.object({ service: z.string(), environment: z.string(), minuteNumber: z.int() }),
})

/**
 * Copies minutes to `judged_minutes` once they may be judged, and again when their counts change: for
 * what came late, was repaired, or waits for a repair. Judgements read the copies alone, so that each
 * can be made again as of its time.
 */
export function openClosedMinutes(client: ClickHouseClient, now: () => number): ClosedMinutes {
  /** Exclusive; undefined before the first look. */
  let closedUntil: number | undefined
  let lastMs = 0
  let dirtyBefore: readonly number[] = []
  /** By line: what had come late when its minutes were compared last. */
  const compared = new Map<string, { late: Late; atMs: number; durationMs: number }>()
  const reopened = new Map<string, number>()

  /** The clock may stand still, or step back: generations do not. */
  function stamp(): number {
    lastMs = Math.max(now(), lastMs + 1)
    return lastMs
  }

  async function write(
    minutes: Slice,
    dirtyMinutes: readonly number[],
    signal: AbortSignal,
  ): Promise<void> {
    await client.command({
      query: statement,
      query_params: {
        service: '',
        environment: '',
        minutes: [],
        ...minutes,
        dirtyMinutes: [...dirtyMinutes],
        generation: stamp(),
      },
      clickhouse_settings: SETTINGS,
      abort_signal: signal,
    })
  }

  /** Compares what was closed with what is there now, and closes again what differs. */
  async function closeChanged(
    lines: readonly ReleaseLine[],
    window: { fromMinute: number; untilMinute: number },
    dirtyMinutes: readonly number[],
    signal: AbortSignal,
  ): Promise<void> {
    const { firstMinute } = (await readBounds(client, {}, signal))[0]! // one row
    // Of what is gone nothing is known any more: what was closed stays.
    if (firstMinute === 0) return
    const fromMinute = Math.max(window.fromMinute, firstMinute)
    const services = [...new Set(lines.map(({ service }) => service))]
    const changed = []
    for (let at = 0; at < services.length; at += SERVICES_AT_ONCE) {
      const some = services.slice(at, at + SERVICES_AT_ONCE)
      const asked = { services: some, fromMinute, untilMinute: window.untilMinute }
      changed.push(
        ...(await readChanged(client, { ...asked, dirtyMinutes: [...dirtyMinutes] }, signal)),
      )
    }
    for (const [line, rows] of Map.groupBy(changed, keyOf)) {
      const { service, environment } = rows[0]! // a group is never empty
      const minutes = [...new Set(rows.map(({ minuteNumber }) => minuteNumber))]
      for (let at = 0; at < minutes.length; at += SLICE_MINUTES) {
        const some = minutes.slice(at, at + SLICE_MINUTES)
        const slice = { fromMinute: some[0]!, untilMinute: some.at(-1)! + 1, minutes: some }
        await write({ service, environment, ...slice }, dirtyMinutes, signal)
      }
      reopened.set(line, (reopened.get(line) ?? 0) + 1)
    }
  }

  /** Lines for which something came late since their minutes were compared. */
  function outdatedOf(lines: readonly ReleaseLine[], isFirst: boolean): ReleaseLine[] {
    return lines.filter((line) => {
      const last = compared.get(keyOf(line))
      if (last === undefined) return isFirst || line.late.lateCount > 0
      const restMs = Math.max(REST_MS, REST_PER_WORK * last.durationMs)
      return isOutdated(last.late, last.atMs, line.late) && now() - last.atMs >= restMs
    })
  }

  async function closeNew(until: number, dirtyMinutes: readonly number[], signal: AbortSignal) {
    while (closedUntil! < until) {
      const untilMinute = Math.min(until, closedUntil! + SLICE_MINUTES)
      await write({ fromMinute: closedUntil!, untilMinute }, dirtyMinutes, signal)
      closedUntil = untilMinute
    }
  }

  return {
    async close(lines, dirtyMinutes, signal) {
      const until = judgedUntilMinute(now(), defaultPolicy)
      const oldest = until - LOOKBACK_MINUTES
      const isFirst = closedUntil === undefined
      if (closedUntil === undefined) {
        const { firstMinute, lastClosed, lastMs: told } = (await readBounds(client, {}, signal))[0]!
        lastMs = Math.max(lastMs, told)
        // What an earlier life closed last may be half a slice.
        closedUntil = Math.max(oldest, lastClosed, firstMinute === 0 ? until : firstMinute)
      }
      const before = { fromMinute: oldest, untilMinute: closedUntil }
      await closeNew(until, dirtyMinutes, signal)

      const turned = differences(dirtyBefore, dirtyMinutes).filter((minute) => minute < until)
      if (turned.length > 0) {
        const window = { fromMinute: Math.min(...turned), untilMinute: Math.max(...turned) + 1 }
        await closeChanged(lines, window, dirtyMinutes, signal)
      }
      dirtyBefore = dirtyMinutes
      const outdated = outdatedOf(lines, isFirst)
      if (outdated.length > 0) {
        const atMs = now()
        await closeChanged(outdated, before, dirtyMinutes, signal)
        const durationMs = now() - atMs
        for (const line of outdated)
          compared.set(keyOf(line), { late: line.late, atMs, durationMs })
      }
      return lines.map((line) => asClosed(line, reopened.get(keyOf(line)) ?? 0))
    },
    judgingMs: stamp,
  }
}

function differences(before: readonly number[], now: readonly number[]): number[] {
  return [...new Set(before).symmetricDifference(new Set(now))]
}

type Slice = {
  fromMinute: number
  untilMinute: number
  service?: string
  environment?: string
  minutes?: number[]
}

function keyOf({ service, environment }: { service: string; environment: string }): string {
  return JSON.stringify([service, environment])
}

function asClosed(line: ReleaseLine, count: number): ReleaseLine {
  const late: Late = { lastLateMs: 0, lateCount: count }
  return { ...line, late, releases: line.releases.map((release) => ({ ...release, ...late })) }
}
