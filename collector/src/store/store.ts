import { availableParallelism } from 'node:os'
import type { Logger } from 'pino'
import { backoffMs } from '../backoff.ts'
import type { Clients } from '../clickhouse/connection.ts'
import { delay } from '../delay.ts'
import { fault } from '../fault.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import { auditRollUps } from './audit.ts'
import { openDeadLetters, type DeadLetters } from './dead-letters.ts'
import { openDirtyMinutes } from './dirty-minutes.ts'
import { createPause, type Pause } from './pause.ts'
import { ReleaseCheck } from './release-check.ts'
import { repairDirtyMinutes } from './repairs.ts'
import { differingMinutes, type Difference } from './roll-ups.ts'
import { openUnitWriter } from './unit-writer.ts'
import { UnitQueues } from './unit-queues.ts'
import { planWork, type Unit, type Work } from './work.ts'

export type { DeadLetter as StoredLetter } from '../journal/journal.ts'
export type { DeadLetters } from './dead-letters.ts'

/**
 * Sealed batches become rows.
 *
 * A batch is one unit per table. Units wait in a queue per project and table, so that a table that
 * cannot be written holds up no other.
 *
 * Invariant: a batch is released from the journal only when every table was seen to hold exactly its
 * rows. An attempt whose outcome is unknown is settled by counting, never by sending again and hoping.
 */
export interface Store extends AsyncDisposable {
  facts: () => StoreFacts
  readonly deadLetters: DeadLetters
  /** Recounts the roll-ups of a project from its raw rows, while its writer waits. */
  recount: (database: string, minutes?: readonly number[]) => Promise<Difference[]>
  /** Recounts a little of the past of a project, and has repaired what differs. */
  audit: (database: string) => Promise<void>
}

export interface StoreFacts {
  /** Tables that wait for a person, though nothing is wrong with the data; as `database.table`. */
  held: readonly string[]
  /** Batches' shares of tables that wait, and that are being written. */
  waitingUnits: number
  unitsInFlight: number
  /** Minutes whose roll-ups are to be counted again, by source table. */
  dirtyMinutes: Readonly<Record<string, number>>
}

// Two cores: one insert decodes while the next is read. More only trade places.
const inFlightMax = () => (availableParallelism() >= 4 ? 4 : 2)
const TIDY_MS = 3_600_000
const STOP_MS_MAX = 10_000

type Deps = {
  journal: Journal
  clients: Pick<Clients, 'of' | 'control'>
  /** Resolves when the tables are there. */
  ready: (signal: AbortSignal) => Promise<void>
  /** A project's database; undefined once it was deleted. */
  databaseOf: (projectNumber: number) => string | undefined
  /** Those of every project. */
  databases: () => readonly string[]
  /** Calls back each time that ClickHouse answers again. @returns what ends that */
  onUp?: (listener: () => void) => () => void
  /** Times that the engine ended by its own fault. */
  engineCrashes?: () => number
  now: () => number
  metrics: Metrics
  log: Logger
}

export function startStore(deps: Deps): Store {
  const { journal, clients, ready, databaseOf, metrics, log } = deps
  /** Nothing is begun any more; then: what runs shall end. */
  const stopping = new AbortController()
  const ending = new AbortController()
  const nowMs = () => performance.now()
  const pauses = new Map<string, Pause>()
  const held = new Set<Unit>()
  const dirty = openDirtyMinutes({ clients, nowMs })
  const book = openDeadLetters({ ...deps, dirty })
  const writer = openUnitWriter({
    ...deps,
    engineCrashes: deps.engineCrashes ?? (() => 0),
    dirty,
    held,
    writerOf,
    stored: (work) => releases.add(work),
    buried: () => void tidy(),
    withdraw: (units) => queues.withdraw(units),
    signal: ending.signal,
  })
  const queues = new UnitQueues<Unit>({ inFlightMax: inFlightMax(), work: writer.go, nowMs })
  const releases = new ReleaseCheck<Work>({
    clients,
    async release({ batch }) {
      await fault('store.release')
      await journal.release(batch)
    },
    mismatched: sendAgain,
    failed: (error) => log.warn({ err: error }, 'Stored batches cannot be counted, tried again'),
  })
  // Pauses have grown to half a minute by then.
  const unlisten = deps.onUp?.(() => queues.retryNow())
  const done = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error // a bug, or a disk that cannot be read: the program ends
  })

  return {
    facts: () => ({
      held: [...new Set([...held].map(({ work, table }) => `${work.database}.${table}`))],
      waitingUnits: queues.waiting,
      unitsInFlight: queues.inFlight,
      dirtyMinutes: dirty.counts(),
    }),
    deadLetters: book,
    recount: (database, minutes) =>
      writerOf(database).alone(() =>
        differingMinutes({ client: clients.of(database), database, minutes }),
      ),
    audit: (database) => auditRollUps({ ...deps, dirty, writerOf }, database),
    async [Symbol.asyncDispose]() {
      unlisten?.()
      stopping.abort()
      const late = setTimeout(() => ending.abort(), STOP_MS_MAX)
      try {
        await queues.stop()
        await releases.finish()
        await done
      } finally {
        clearTimeout(late)
      }
    },
  }

  async function run(): Promise<void> {
    const { signal } = stopping
    await ready(signal)
    await loadDirtyMinutes(signal)
    await Promise.race([
      queues.failed,
      Promise.all([
        take(signal),
        repairDirtyMinutes({ ...deps, dirty, writerOf }, signal),
        tidyHourly(signal),
      ]),
    ])
  }

  async function loadDirtyMinutes(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await dirty.load(deps.databases())
      } catch (error) {
        log.warn({ err: error }, 'Dirty minutes cannot be read, tried again')
        await delay(backoffMs(attempt), signal)
      }
    }
  }

  async function tidyHourly(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await tidy()
      await delay(TIDY_MS, signal).catch(() => {})
    }
  }

  /** What fails is made up for the next time. */
  async function tidy(): Promise<void> {
    await book.tidy().catch((error: unknown) => {
      log.warn({ err: error }, 'Dead letters could not be noted in ClickHouse, tried again later')
    })
  }

  async function take(signal: AbortSignal): Promise<void> {
    for await (const batch of journal.sealed(signal)) {
      const database = databaseOf(batch.projectNumber)
      const work = database === undefined ? undefined : planWork(batch, database)
      if (work === undefined) {
        // Its project was deleted, and with it what it had stored.
        log.info({ batch: String(batch.id) }, 'Batch of a deleted project dropped')
      }
      if (work === undefined || work.tables.length === 0) await journal.release(batch)
      else for (const unit of work.tables) queues.add(unit)
    }
  }

  /** A table lacks rows that it said it had written, or has too many. */
  function sendAgain({ id, tables }: Work, table: string): void {
    const unit = tables.find((one) => one.table === table)
    if (unit === undefined) return
    metrics.storeMismatch.inc({ table })
    log.error(
      { batch: String(id), table },
      'A stored batch was not found whole, it is settled again',
    )
    unit.mismatches++
    unit.isStored = false
    unit.isUnsettled = true
    queues.add(unit)
  }

  function writerOf(database: string): Pause {
    const known = pauses.get(database)
    if (known !== undefined) return known
    const pause = createPause()
    pauses.set(database, pause)
    return pause
  }
}
