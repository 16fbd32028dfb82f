import type { Logger } from 'pino'
import { backoffMs } from '../backoff.ts'
import type { Clients } from '../clickhouse/connection.ts'
import { delay } from '../delay.ts'
import { fault } from '../fault.ts'
import type { DirtyMinutes, Repairable } from './dirty-minutes.ts'
import type { Pause } from './pause.ts'
import {
  differingMinutes,
  readRowsByMinute,
  repairRollUps,
  summedFrom,
  withRawRows,
} from './roll-ups.ts'

// A project's writer waits for a repair: a few seconds of counting.
const ROWS_MAX = 500_000
const MINUTES_MAX = 200
const LOOK_EVERY_MS = 500

type Deps = {
  dirty: DirtyMinutes
  clients: Pick<Clients, 'of'>
  /** Lets nothing be written to a project's tables meanwhile. */
  writerOf: (database: string) => Pause
  log: Logger
}

/**
 * Counts dirty minutes again, until aborted: a few minutes at a time, with the project's writer
 * waiting. A crash leaves them dirty, and the next life does it again.
 */
export async function repairDirtyMinutes(deps: Deps, signal: AbortSignal): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    await delay(failures === 0 ? LOOK_EVERY_MS : backoffMs(failures), signal).catch(() => {})
    let isFailing = false
    for (const one of deps.dirty.repairable()) {
      if (signal.aborted) return
      await repairSome(deps, one).catch((error: unknown) => {
        isFailing = true
        if (signal.aborted) return
        deps.log.warn({ err: error, failures }, 'A repair of roll-ups failed, it is tried again')
      })
    }
    failures = isFailing ? failures + 1 : 0
  }
}

async function repairSome(deps: Deps, all: Repairable): Promise<void> {
  const { dirty, clients, writerOf, log } = deps
  const { database, source } = all
  const client = clients.of(database)
  const counted = await withRawRows({ client, database }, source, all.minutes)
  const isCounted = new Set(counted)
  const gone = all.minutes.filter((minute) => !isCounted.has(minute))
  // Their raw rows are gone with the partition, or the project: the roll-up is all there is, and stays.
  if (gone.length > 0) await dirty.clear({ ...all, minutes: gone })
  if (counted.length === 0) return

  const first = counted.slice(0, MINUTES_MAX)
  const rows = await readRowsByMinute(client, source, first)
  let budget = ROWS_MAX
  const minutes = first.filter((minute, i) => {
    budget -= rows.get(minute) ?? 0
    return i === 0 || budget >= 0
  })
  const scope = { client, database, minutes }
  const startedMs = performance.now()
  const isRight = await writerOf(database).alone(async () => {
    await repairRollUps({ ...scope, source })
    // What has a first and a last only ever gains: there is nothing to compare.
    return (await differingMinutes({ ...scope, only: summedFrom(source) })).length === 0
  })
  if (!isRight) throw new Error('A roll-up differs from a recount right after its repair.')
  await fault('rollup.clear')
  await dirty.clear({ ...all, minutes })
  const pausedMs = Math.round(performance.now() - startedMs)
  log.info({ database, source, minutes: minutes.length, pausedMs }, 'Roll-ups counted again')
}
