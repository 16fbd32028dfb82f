import type { Logger } from 'pino'
import type { Clients } from '../clickhouse/connection.ts'
import type { DeadLetter, Journal } from '../journal/journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import { readMinutes } from './batch-minutes.ts'
import type { DirtyMinutes } from './dirty-minutes.ts'

/** Batches that ClickHouse would not take: to look at, to send again, to drop. */
export interface DeadLetters {
  /** Of one project, newest first. */
  list: (projectNumber: number) => readonly DeadLetter[]
  find: (projectNumber: number, id: string) => DeadLetter | undefined
  /** Its telemetry: one OTLP message. Undefined when it is gone. */
  read: (id: string) => Promise<Buffer | undefined>
  /** Sends it again as a new batch. `full`: the journal takes nothing at the moment. */
  replay: (letter: DeadLetter) => Promise<'replayed' | 'full'>
  discard: (letter: DeadLetter) => Promise<void>
}

type DeadLetterState = 'dead' | 'replayed' | 'discarded' | 'removed'

/** No sender's: so a resend of theirs is not taken for a replay, nor the other way round. */
const REPLAY_KEY = 0xffff_ffff

type Deps = {
  journal: Pick<Journal, 'append' | 'deadLetters'>
  clients: Pick<Clients, 'control'>
  databaseOf: (projectNumber: number) => string | undefined
  dirty: DirtyMinutes
  metrics: Metrics
  now: () => number
  log: Logger
}

/** The letters themselves lie with the journal; `dead_letters` in ClickHouse says what became of them. */
export interface DeadLetterBook extends DeadLetters {
  /** Notes what changed while ClickHouse was away, and removes what is too old or too much. */
  tidy: () => Promise<void>
}

export function openDeadLetters(deps: Deps): DeadLetterBook {
  const { journal, clients, databaseOf, dirty, metrics, now, log } = deps
  const { deadLetters } = journal
  /** What ClickHouse was told, by id. */
  const noted = new Map<string, DeadLetterState>()

  async function note(letter: DeadLetter, state: DeadLetterState): Promise<void> {
    await clients.control.insert({
      table: 'dead_letters',
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
      values: [
        {
          batch: letter.batch,
          database: databaseOf(letter.projectNumber) ?? '',
          kind: letter.kind,
          requests: letter.requests,
          items: letter.items,
          bytes: letter.bytes,
          reason: letter.reason,
          code: letter.code ?? 0,
          message: letter.message,
          state,
          received_at: new Date(letter.receivedMs).toISOString(),
          buried_at: new Date(letter.buriedMs).toISOString(),
          changed_at: new Date(now()).toISOString(),
          revision: now(),
        },
      ],
    })
    noted.set(letter.id, state)
  }

  return {
    list: (projectNumber) =>
      deadLetters.letters.filter((one) => one.projectNumber === projectNumber).toReversed(),
    find: (projectNumber, id) =>
      deadLetters.letters.find((one) => one.projectNumber === projectNumber && one.id === id),
    read: (id) => deadLetters.read(id),

    async replay(letter) {
      const bytes = await deadLetters.read(letter.id)
      const database = databaseOf(letter.projectNumber)
      if (bytes === undefined || database === undefined) return 'replayed' // somebody else was faster
      const marks = []
      for (const [source, minutes] of await readMinutes(letter.kind, [bytes])) {
        marks.push(await dirty.mark(database, source, minutes, 'replay'))
      }
      try {
        // A crash between here and the end leaves a letter that says it may be stored already.
        await deadLetters.noteReplay(letter.id)
        const { projectNumber, kind, items, rows, day } = letter
        const request = {
          projectNumber,
          kind,
          items,
          rows,
          day,
          keyId: REPLAY_KEY,
          bytes,
          receivedMs: now(),
        }
        const { outcome } = await journal.append(request)
        if (outcome === 'full') return 'full'
        await deadLetters.remove(letter.id)
      } finally {
        for (const mark of marks) mark.end()
      }
      log.info({ id: letter.id }, 'Dead letter sent again')
      await note(letter, 'replayed')
      return 'replayed'
    },

    async discard(letter) {
      await note(letter, 'discarded') // first: what a person did is durable before it cannot be undone
      await deadLetters.remove(letter.id)
      log.info({ id: letter.id }, 'Dead letter dropped')
    },

    async tidy() {
      for (const letter of await deadLetters.removeExcess()) {
        metrics.deadLettersTotal.inc({ reason: 'removed' })
        log.error({ id: letter.id, items: letter.items }, 'Dead letter removed, there are too many')
        await note(letter, 'removed')
      }
      for (const letter of deadLetters.letters) {
        if (!noted.has(letter.id)) await note(letter, 'dead')
      }
    },
  }
}
