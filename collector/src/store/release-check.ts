import type { Clients } from '../clickhouse/connection.ts'
import { backoffMs } from '../backoff.ts'
import { countBatches } from './unit.ts'

interface Stored {
  readonly database: string
  /** An earlier insert of it may still be on its way. */
  readonly isInDoubt: boolean
  readonly id: bigint
  readonly tables: readonly { table: string; holds: (rows: number) => boolean }[]
}

type Deps<Work> = {
  clients: Pick<Clients, 'of'>
  release: (work: Work) => Promise<void>
  /** A table does not hold what it said that it had written. */
  mismatched: (work: Work, table: string) => void
  failed: (error: unknown) => void
}

// Batches that come together are counted together.
const GATHER_MS = 200
/**
 * An insert that was given up before ClickHouse knew of it cannot be ended there: behind a slow proxy
 * it begins after its repeat. Within this time its rows are seen as too many, and mended.
 */
const DOUBT_MS = 5000

/**
 * The last look before the journal forgets a batch: whether each table holds its rows. Catches what
 * was dropped though success was told, and what came twice. One statement per table for all that were stored meanwhile.
 */
export class ReleaseCheck<Work extends Stored> {
  readonly #deps: Deps<Work>
  readonly #waiting = new Set<Work>()
  readonly #resting = new Set<NodeJS.Timeout>()
  #timer: NodeJS.Timeout | undefined
  #checking: Promise<void> = Promise.resolve()
  #failures = 0

  constructor(deps: Deps<Work>) {
    this.#deps = deps
  }

  add(work: Work): void {
    if (!work.isInDoubt) return this.#take(work)
    const rest = setTimeout(() => {
      this.#resting.delete(rest)
      this.#take(work)
    }, DOUBT_MS)
    this.#resting.add(rest)
  }

  #take(work: Work): void {
    this.#waiting.add(work)
    this.#schedule(GATHER_MS)
  }

  /** Checks what waits, once. What cannot be checked now, or is in doubt, stays in the journal. */
  async finish(): Promise<void> {
    for (const rest of this.#resting) clearTimeout(rest)
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#checking
    await this.#check()
    clearTimeout(this.#timer)
  }

  #schedule(waitMs: number): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#checking = this.#check().finally(() => {
        this.#timer = undefined
        if (this.#waiting.size > 0) {
          this.#schedule(this.#failures === 0 ? GATHER_MS : backoffMs(this.#failures))
        }
      })
    }, waitMs)
  }

  async #check(): Promise<void> {
    const byDatabase = Map.groupBy(this.#waiting, ({ database }) => database)
    let failures = 0
    for (const [database, works] of byDatabase) {
      try {
        await this.#checkDatabase(database, works)
      } catch (error) {
        failures++
        this.#deps.failed(error)
      }
    }
    this.#failures = failures === 0 ? 0 : this.#failures + 1
  }

  async #checkDatabase(database: string, works: readonly Work[]): Promise<void> {
    const { clients, release, mismatched } = this.#deps
    const wrong = new Set<Work>()
    for (const table of new Set(works.flatMap(({ tables }) => tables.map((one) => one.table)))) {
      const written = works.filter(({ tables }) => tables.some((one) => one.table === table))
      const counts = await countBatches(
        clients.of(database),
        table,
        written.map(({ id }) => id),
      )
      for (const work of written) {
        const share = work.tables.find((one) => one.table === table)
        if (share?.holds(counts.get(work.id) ?? 0) === true) continue
        wrong.add(work)
        mismatched(work, table)
      }
    }
    for (const work of wrong) this.#waiting.delete(work)
    for (const work of works) {
      if (wrong.has(work)) continue
      await release(work) // twice is harmless: what fails here is checked again
      this.#waiting.delete(work)
    }
  }
}
