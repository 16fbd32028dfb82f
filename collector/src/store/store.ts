import type { Logger } from 'pino'
import { backoffMs } from '../backoff.ts'
import type { Clients } from '../clickhouse/connection.ts'
import { delay } from '../delay.ts'
import { fault } from '../fault.ts'
import type { Batch, Journal } from '../journal/journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import { inSpan } from '../observe/span.ts'
import { insertStatements } from './decode/insert-statements.ts'
import { errorClassOf, errorCodeOf } from './error-class.ts'
import { createPause, type Pause } from './pause.ts'
import { differingMinutes, readRawMinutes, repairRollUps, type Difference } from './roll-ups.ts'
import { cleanTable, countStored, sendUnit, type Unit } from './unit.ts'

/**
 * Sealed batches become rows.
 *
 * Invariant: a batch is released from the journal only when every table holds exactly its rows. An
 * attempt whose outcome is unknown is settled by counting, never by sending again and hoping.
 */
export interface Store extends AsyncDisposable {
  /** `held`: a batch waits for a person, though nothing is wrong with its data. */
  facts(): { held: boolean }
  /** Recounts the roll-ups of a project from its raw rows, while its writer waits. */
  recount: (database: string, minutes?: readonly number[]) => Promise<Difference[]>
}

// Two cores: one insert decodes while the next is read. More only trade places.
const IN_FLIGHT_MAX = 2
const HELD_RETRY_MS = 30_000

type Deps = {
  journal: Journal
  clients: Pick<Clients, 'of'>
  /** Resolves when the tables are there. */
  ready: (signal: AbortSignal) => Promise<void>
  /** A project's database; undefined once it was deleted. */
  databaseOf: (projectNumber: number) => string | undefined
  metrics: Metrics
  log: Logger
}

export function startStore({ journal, clients, ready, databaseOf, metrics, log }: Deps): Store {
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  const held = new Set<bigint>()
  const pauses = new Map<string, Pause>()
  const done = run()

  return {
    facts: () => ({ held: held.size > 0 }),
    recount: (database, minutes) =>
      writing(database).alone(() =>
        differingMinutes({ client: clients.of(database), database, minutes }),
      ),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await done
    },
  }

  async function run(): Promise<void> {
    try {
      await ready(stopping.signal)
      for await (const batch of journal.sealed(stopping.signal)) {
        const work = storeBatch(batch)
          .finally(() => held.delete(batch.id))
          .catch((error: unknown) => {
            if (!stopping.signal.aborted) throw error
          })
          .finally(() => running.delete(work))
        running.add(work)
        if (running.size >= IN_FLIGHT_MAX) await Promise.race(running)
      }
    } catch (error) {
      if (!stopping.signal.aborted) throw error
    } finally {
      await Promise.all(running)
    }
  }

  async function storeBatch(batch: Batch): Promise<void> {
    const database = databaseOf(batch.projectNumber)
    if (database === undefined) {
      // Its project was deleted, and with it what it had stored.
      log.info(
        { batch: String(batch.id), project: batch.projectNumber },
        'Batch of a deleted project dropped',
      )
      await journal.release(batch)
      return
    }
    const bytes = await batch.read()
    const expected = batch.isDamaged ? batch.survivingRows : batch.rows
    const units = insertStatements(batch.kind, { database, batch: batch.id })
      .map(({ table, query }): Unit => ({ table, query, rows: expected[table] ?? 0 }))
      .filter(({ rows }) => rows > 0)
    for (const unit of units) {
      const outcome = await storeUnit(database, batch, unit, bytes)
      if (outcome === 'poison') return
      if (outcome === 'dropped') break
    }
    await fault('store.release')
    await journal.release(batch)
  }

  /**
   * Sends until the table holds the unit's rows. `poison`: the batch was split or buried instead;
   * `dropped`: its project was deleted meanwhile.
   */
  async function storeUnit(
    database: string,
    batch: Batch,
    unit: Unit,
    bytes: readonly Uint8Array[],
  ): Promise<'stored' | 'poison' | 'dropped'> {
    const client = clients.of(database)
    const prefix = `${batch.id}-${unit.table}-`
    let unsettled = batch.mayBeStored
    /** An attempt was cut off: the roll-up may hold what the table does not, or lack what it does. */
    let isRollUpDoubtful = false
    for (let attempt = 0; ; attempt++) {
      stopping.signal.throwIfAborted()
      try {
        if (unsettled) {
          isRollUpDoubtful = unit.table === 'otel_traces'
          // Settled only when the roll-up is, too: a failure on the way must not send again.
          if ((await settle(database, batch, unit, prefix)) === 'full') {
            if (isRollUpDoubtful) await repair(database, batch)
            return 'stored'
          }
          unsettled = false
        }
        const startedMs = performance.now()
        unsettled = true
        const queryId = `${prefix}${attempt}-${process.pid}`
        await inSpan('store.insert', { attributes: { 'db.collection.name': unit.table } }, () =>
          writing(database).together(() => sendUnit(client, unit, bytes, queryId)),
        )
        metrics.storeInsertSeconds.observe(
          { table: unit.table },
          (performance.now() - startedMs) / 1000,
        )
        metrics.storeAttempts.inc({ table: unit.table, result: 'ok' })
        if (isRollUpDoubtful) await repair(database, batch)
        return 'stored'
      } catch (error) {
        stopping.signal.throwIfAborted()
        if (databaseOf(batch.projectNumber) === undefined) return 'dropped'
        const code = errorCodeOf(error)
        const errorClass = errorClassOf(code, attempt)
        metrics.storeAttempts.inc({ table: unit.table, result: errorClass })
        log.warn(
          { err: error, batch: String(batch.id), table: unit.table, code, errorClass, attempt },
          'ClickHouse did not take a batch',
        )
        if (errorClass === 'poison' && (await giveUp(database, batch, unit, prefix, code, error))) {
          return 'poison'
        }
        if (errorClass === 'held') held.add(batch.id)
        await delay(errorClass === 'held' ? HELD_RETRY_MS : backoffMs(attempt), stopping.signal)
      }
    }
  }

  function writing(database: string): Pause {
    const known = pauses.get(database)
    if (known !== undefined) return known
    const pause = createPause()
    pauses.set(database, pause)
    return pause
  }

  async function repair(database: string, batch: Batch): Promise<void> {
    log.info({ batch: String(batch.id) }, 'Roll-up of a doubtful batch counted again')
    const client = clients.of(database)
    const source = 'otel_traces'
    await writing(database).alone(async () => {
      const raw = await readRawMinutes({ client }, source, `_batch = ${batch.id}`)
      await repairRollUps({ client, database, source, minutes: raw.map(({ minute }) => minute) })
    })
  }

  async function settle(database: string, batch: Batch, unit: Unit, prefix: string) {
    const client = clients.of(database)
    const stored = await countStored(client, unit, batch.id, prefix)
    // Of a batch that the disk damaged later, more may be stored than can still be read.
    const isFull = stored === unit.rows || (batch.isDamaged && stored > unit.rows)
    const outcome = stored === 0 ? 'zero' : isFull ? 'full' : 'partial'
    metrics.storeSettled.inc({ table: unit.table, result: outcome })
    if (outcome === 'partial') {
      log.warn(
        { batch: String(batch.id), table: unit.table, stored, expected: unit.rows },
        'Part of a batch cleaned',
      )
      await cleanTable(client, unit.table, batch.id)
    }
    return outcome
  }

  /** Splits a batch that ClickHouse cannot take, or buries the one request that is the cause. */
  async function giveUp(
    database: string,
    batch: Batch,
    unit: Unit,
    prefix: string,
    code: number | undefined,
    error: unknown,
  ): Promise<boolean> {
    if ((await settle(database, batch, unit, prefix)) === 'full') return false
    // Tables that were written before this one would be written again, by the halves or by a replay.
    await cleanBatch(database, batch)
    if (batch.requests > 1) {
      await journal.split(batch)
      return true
    }
    await journal.bury(batch, {
      code,
      message: error instanceof Error ? error.message : String(error),
    })
    log.error(
      { batch: String(batch.id), code },
      'A request that ClickHouse cannot take lies in dead/',
    )
    return true
  }

  async function cleanBatch(database: string, batch: Batch): Promise<void> {
    for (const table of Object.keys(batch.rows)) {
      await cleanTable(clients.of(database), table, batch.id)
    }
  }
}
