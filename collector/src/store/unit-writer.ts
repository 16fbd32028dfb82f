import type { ClickHouseClient } from '@clickhouse/client'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Clients } from '../clickhouse/connection.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import { inSpan } from '../observe/span.ts'
import { readMinutes } from './batch-minutes.ts'
import type { DirtyMinutes, DirtyReason } from './dirty-minutes.ts'
import {
  errorClassOf,
  errorCodeOf,
  HELD_RETRY_MS,
  INSERT_WAS_DEDUPLICATED,
  MEMORY_LIMIT,
  messageOf,
  noFailures,
  planAfter,
} from './error-class.ts'
import { backoffMs } from '../backoff.ts'
import type { Pause } from './pause.ts'
import type { Step } from './unit-queues.ts'
import { cleanTable, countStored, endAttempts, sendUnit } from './unit.ts'
import type { Unit, Work } from './work.ts'

type Deps = {
  journal: Pick<Journal, 'release' | 'split' | 'bury'>
  clients: Pick<Clients, 'of'>
  databaseOf: (projectNumber: number) => string | undefined
  engineCrashes: () => number
  dirty: DirtyMinutes
  /** Units that wait for a person. */
  held: Set<Unit>
  writerOf: (database: string) => Pause
  stored: (work: Work) => void
  buried: () => void
  /** Takes units out of their queues and waits until none is in flight. */
  withdraw: (units: readonly Unit[]) => Promise<void>
  metrics: Metrics
  log: Logger
  signal: AbortSignal
}

const CheckedParts = z.array(z.object({ part_path: z.string(), is_passed: z.number() }))

const OVER = { step: 'over' } as const
const MISMATCHES_MAX = 3
const INSERT_MS = 30_000
const INSERT_MS_MAX = 300_000

/** Brings units into their tables, one go at a time. */
export interface UnitWriter {
  /** Never throws but for a bug: what fails is in the step. */
  go: (unit: Unit) => Promise<Step>
}

/**
 * OPEN → SENDING → STORED, or → SETTLING → STORED, SENDING again, CLEANING, HELD, or given up: a
 * batch is then split, or buried when it is a single request.
 */
export function openUnitWriter(deps: Deps): UnitWriter {
  const { journal, clients, databaseOf, dirty, held, writerOf, metrics, log, signal } = deps
  /** Tells the attempts of this life from those of earlier ones. */
  const life = Date.now().toString(36)

  return { go }

  async function go(unit: Unit): Promise<Step> {
    try {
      const step = await advance(unit)
      if (step.step === 'over') {
        held.delete(unit)
        unit.mark?.end()
        unit.mark = undefined
      }
      return step
    } catch (error) {
      if (signal.aborted) return OVER // the journal keeps it for the next life
      return worldFailed(unit, error)
    }
  }

  async function advance(unit: Unit): Promise<Step> {
    const { work } = unit
    while (true) {
      signal.throwIfAborted()
      if (databaseOf(work.batch.projectNumber) === undefined) return drop(work)
      if (unit.surrender !== undefined) return giveUp(unit, unit.surrender)
      if (work.isOver) return OVER
      if (unit.isUnsettled) {
        if ((await settle(unit)) === 'full') return finish(unit)
        unit.isUnsettled = false
        work.isInDoubt = true
        if (unit.mismatches >= MISMATCHES_MAX) {
          unit.mismatches = 0 // counts anew when it is sent again
          return hold(unit, new Error('The table does not hold what it says that it wrote.'))
        }
        const step = unit.failure === undefined ? undefined : await decide(unit)
        if (step !== undefined) return step
        continue
      }
      if (await send(unit)) return finish(unit)
    }
  }

  function finish(unit: Unit): Step {
    unit.isStored = true
    unit.failures = noFailures()
    if (unit.work.tables.every(({ isStored }) => isStored)) deps.stored(unit.work)
    return OVER
  }

  async function drop(work: Work): Promise<Step> {
    if (!work.isOver) {
      work.isOver = true
      log.info({ batch: String(work.id) }, 'Batch of a deleted project dropped')
      await journal.release(work.batch)
    }
    return OVER
  }

  /** @returns false when it failed, and why is in the unit */
  async function send(unit: Unit): Promise<boolean> {
    const { work, table, query } = unit
    const crashes = deps.engineCrashes()
    const timeout = AbortSignal.timeout(
      Math.min(INSERT_MS * 2 ** unit.failures.inRow, INSERT_MS_MAX),
    )
    unit.isUnsettled = true
    const startedMs = performance.now()
    try {
      const queryId = `${unit.queryIdPrefix}${life}.${unit.attempts++}`
      await inSpan('store.insert', { attributes: { 'db.collection.name': table } }, () =>
        writerOf(work.database).together(() =>
          sendUnit(
            clients.of(work.database),
            { table, query, rows: unit.rows },
            work.batch.stream(),
            { queryId, signal: AbortSignal.any([signal, timeout]), isParted: unit.isParted },
          ),
        ),
      )
      const seconds = (performance.now() - startedMs) / 1000
      metrics.storeInsertSeconds.observe({ table }, seconds)
      metrics.storeAttempts.inc({ table, result: 'ok' })
      return true
    } catch (error) {
      if (signal.aborted) throw error
      unit.failure = error
      unit.crashesBefore = crashes
      return false
    }
  }

  /** Ends what may still run, counts, and removes what is there in part. */
  async function settle(unit: Unit): Promise<'full' | 'zero'> {
    const { work, table } = unit
    const client = clients.of(work.database)
    const startedMs = performance.now()
    await markDirty(unit, 'unsettled')
    await endAttempts(client, unit.queryIdPrefix)
    const rows = await countStored(client, table, work.id)
    const found = foundOf(unit, rows)
    metrics.storeSettled.inc({ table, result: found })
    metrics.storeSettleSeconds.observe({ table }, (performance.now() - startedMs) / 1000)
    if (found === 'full' || found === 'zero') return found
    log.warn(
      { batch: String(work.id), table, rows, expected: unit.rows() },
      'Part of a batch cleaned',
    )
    await clean(client, unit)
    return 'zero'
  }

  async function clean(client: ClickHouseClient, unit: Unit): Promise<void> {
    const { work, table } = unit
    await markDirty(unit, 'cleaned')
    await writerOf(work.database).together(() => cleanTable(client, table, work.id))
    const left = await countStored(client, table, work.id)
    if (left > 0) throw new Error(`${left} rows of a batch are left after they were removed.`)
  }

  /** What follows from a failure of which no row is stored. Undefined: send again at once. */
  async function decide(unit: Unit): Promise<Step | undefined> {
    const { failure: error, failures, work, table } = unit
    unit.failure = undefined
    const code = errorCodeOf(error)
    const errorClass = errorClassOf(code, messageOf(error))
    failures.inRow++
    if (code === MEMORY_LIMIT) failures.memory++
    if (errorClass === 'corruption') failures.corruption++
    if (errorClass === 'other') failures.other++
    if (code === undefined && deps.engineCrashes() > unit.crashesBefore) failures.crashes++
    metrics.storeAttempts.inc({ table, result: errorClass })
    const facts = { err: error, batch: String(work.id), table, code, errorClass, failures }
    if (code === INSERT_WAS_DEDUPLICATED) {
      log.error(facts, 'ClickHouse took a new insert for a repeated one')
    } else log.warn(facts, 'ClickHouse did not take a batch')

    const next = planAfter(errorClass, failures)
    switch (next.plan) {
      case 'retry':
        return { step: 'wait', waitMs: next.waitMs }
      case 'later':
        return { step: 'aside', waitMs: next.waitMs }
      case 'hold':
        if (errorClass === 'corruption') await checkTable(unit)
        return hold(unit, error)
      case 'part':
        unit.isParted = true
        return undefined
      case 'split':
      case 'bury':
        unit.surrender = { split: next.plan === 'split', error }
        return undefined
    }
  }

  function hold(unit: Unit, error: unknown): Step {
    const { work, table } = unit
    if (!held.has(unit)) {
      log.error({ err: error, table: `${work.database}.${table}` }, 'A table waits for a person')
    }
    held.add(unit)
    return { step: 'wait', waitMs: HELD_RETRY_MS }
  }

  /** Settling, cleaning or giving up failed: what was to be done is still to be done. */
  function worldFailed(unit: Unit, error: unknown): Step {
    const code = errorCodeOf(error)
    const errorClass = errorClassOf(code, messageOf(error))
    log.warn(
      { err: error, batch: String(unit.work.id), table: unit.table, code, errorClass },
      'A batch could not be settled, it is tried again',
    )
    if (errorClass === 'fatal') return hold(unit, error)
    return { step: 'wait', waitMs: backoffMs(unit.failures.inRow++) }
  }

  async function checkTable({ work, table }: Unit): Promise<void> {
    const answer = await clients.of(work.database).query({
      query: `CHECK TABLE ${table} SETTINGS check_query_single_value_result = 0`,
      format: 'JSONEachRow',
    })
    const parts = CheckedParts.parse(await answer.json())
    const broken = parts.filter((part) => part.is_passed === 0).slice(0, 20)
    log.error({ table: `${work.database}.${table}`, broken }, 'A table was checked')
  }

  /**
   * A batch that ClickHouse cannot take is split until the one request that is the cause stands
   * alone; that one is buried. Nothing of the batch may be stored then, in any of its tables.
   */
  async function giveUp(unit: Unit, { split, error }: { split: boolean; error: unknown }) {
    const { work } = unit
    const { batch, tables } = work
    work.givenUpBy ??= unit
    if (work.givenUpBy !== unit) return OVER // two would wait for each other's end
    work.isOver = true
    await deps.withdraw(tables.filter((one) => one !== unit))
    for (const one of tables) {
      if (!one.isUnsettled && !one.isStored) continue
      const client = clients.of(work.database)
      await markDirty(one, 'cleaned')
      await endAttempts(client, one.queryIdPrefix)
      if ((await countStored(client, one.table, work.id)) > 0) await clean(client, one)
      one.isUnsettled = false
      one.isStored = false
    }
    const halves = split && batch.requests > 1 ? await journal.split(batch) : []
    if (halves.length === 0) await bury(unit, error)
    for (const one of tables) {
      one.mark?.end()
      held.delete(one)
    }
    return OVER
  }

  async function bury({ work, failures }: Unit, error: unknown): Promise<void> {
    const code = errorCodeOf(error)
    const reason = code === undefined && failures.crashes > 0 ? 'engine_crash' : 'refused'
    await journal.bury(work.batch, { reason, code, message: messageOf(error) })
    metrics.deadLettersTotal.inc({ reason })
    deps.buried()
    log.error(
      { batch: String(work.id), requests: work.batch.requests, code, reason },
      'ClickHouse cannot take this: it lies with the dead letters',
    )
  }

  async function markDirty(unit: Unit, reason: DirtyReason): Promise<void> {
    if (unit.mark !== undefined) return
    const { batch } = unit.work
    unit.work.minutes ??= await readMinutes(batch.kind, batch.stream())
    const minutes = unit.work.minutes.get(unit.table) ?? []
    unit.mark = await dirty.mark(unit.work.database, unit.table, minutes, reason)
  }
}

function foundOf(unit: Unit, rows: number): 'full' | 'zero' | 'partial' | 'over' {
  if (unit.holds(rows)) return 'full'
  if (rows === 0) return 'zero'
  return rows < unit.rows() ? 'partial' : 'over'
}
