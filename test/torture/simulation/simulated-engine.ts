import type { startStore } from '../../../collector/src/store/store.ts'
import type { VirtualTime } from './virtual-time.ts'
import { isPoison, rowsOf } from './simulated-request.ts'

type Client = ReturnType<Parameters<typeof startStore>[0]['clients']['of']>

interface Insert {
  table: string
  batch: string
  rows: readonly string[]
  isEnded: boolean
}

interface Request {
  query: string
  query_id?: string
  query_params?: Record<string, unknown>
  values?: AsyncIterable<Uint8Array>
  abort_signal?: AbortSignal
}

interface Deps {
  time: VirtualTime
  random: () => number
  /** How likely an insert, or anything else, goes wrong now: 0…1. */
  trouble: () => number
}

/** Codes that say nothing about the data. */
const RETRY_CODES = [159, 202, 209, 210, 241, 252, 319, 999]
const HELD_CODES = [60, 497]
const CANNOT_PARSE = 26

/**
 * ClickHouse as the store sees it: an insert is written wholly, partly or not, whether or not its
 * answer arrives, and goes on when its client has given up.
 */
export class SimulatedEngine {
  /** Rows by table and batch. */
  readonly tables = new Map<string, Map<string, string[]>>()
  readonly #deps: Deps
  readonly #running = new Map<string, Insert>()
  #isUp = true
  #life = 0

  constructor(deps: Deps) {
    this.#deps = deps
  }

  get isIdle(): boolean {
    return this.#running.size === 0
  }

  /** Inserts under way are gone; what was written stays. */
  crash(downMs: number): void {
    this.#isUp = false
    this.#end(() => true)
    this.#deps.time.at(downMs, () => (this.#isUp = true))
  }

  /** Nobody waits for answers any more; inserts go on. */
  loseClients(): void {
    this.#life++
  }

  /** A connection of the process that runs now. */
  connect(): Client {
    const client = {
      exec: async (request: Request) => {
        await this.#insert(request)
        return { stream: nothing() }
      },
      command: (request: Request) => this.#ask(() => this.#command(request)),
      insert: () => this.#ask(() => {}), // of the control plane
      query: async (request: Request) => {
        const rows = await this.#ask(() => this.#query(request))
        return { json: async () => rows }
      },
    }
    return client as never // of what the client returns the store uses this much
  }

  async #insert({
    query,
    query_id: id = '',
    values,
    abort_signal: aborts,
  }: Request): Promise<void> {
    const { time, random, trouble } = this.#deps
    const parts: Uint8Array[] = []
    for await (const part of values ?? []) parts.push(part)
    const text = Buffer.concat(parts).toString('latin1')
    const [, table] = /INSERT INTO `?\w+`?\.(\w+)/.exec(query) ?? []
    const [, batch] = /toUInt64\((\d+)\)/.exec(query) ?? []
    if (table === undefined || batch === undefined) throw new Error(`No insert: ${query}`)

    const fate = random() < trouble() ? random() : 1
    await this.#reach()
    if (fate < 0.15) throw connectionError()
    if (isPoison(text)) throw codeError(CANNOT_PARSE)
    if (fate < 0.3) throw codeError(pick(RETRY_CODES, random))
    if (fate < 0.33) throw codeError(pick(HELD_CODES, random))

    const insert = { table, batch, rows: rowsOf(text, table), isEnded: false }
    this.#running.set(id, insert)
    const isPartial = fate < 0.5
    const isLate = fate < 0.7
    const life = this.#life
    await new Promise<void>((resolve, reject) => {
      aborts?.addEventListener('abort', () => reject(aborts.reason as Error), { once: true })
      const answer = (settle: () => void) => {
        if (life === this.#life) settle()
      }
      time.at(isLate ? 100 + random() * 20_000 : 5 + random() * 200, () => {
        if (insert.isEnded) return answer(() => reject(connectionError()))
        this.#end((one) => one === insert)
        const count = isPartial ? Math.floor(random() * insert.rows.length) : insert.rows.length
        this.#write(insert, count)
        answer(() => (fate < 0.85 ? reject(connectionError()) : resolve()))
      })
      // Its client gives up; the insert does not know.
      if (isLate) time.at(50 + random() * 100, () => answer(() => reject(connectionError())))
    })
  }

  async #ask<T>(act: () => T): Promise<T> {
    const { random, trouble } = this.#deps
    const fate = random() < trouble() ? random() : 1
    await this.#reach()
    if (fate < 0.3) throw connectionError()
    if (fate < 0.5) throw codeError(pick(RETRY_CODES, random))
    const answer = act()
    await this.#deps.time.wait(1 + random() * 20)
    if (fate < 0.8) throw connectionError() // done, and the answer is lost
    return answer
  }

  #command({ query, query_params: params = {} }: Request): void {
    if (query.startsWith('KILL QUERY')) {
      const ids = Object.values(params).map(String)
      this.#end((_, running) => ids.some((id) => running.startsWith(id)))
      return
    }
    const [, cleaned] = /ALTER TABLE (\w+) DELETE WHERE _batch/.exec(query) ?? []
    if (cleaned !== undefined) this.tables.get(cleaned)?.delete(String(params['batch']))
  }

  /** Rows of batches, inserts that run; of what else is asked there is nothing. */
  #query({ query, query_params: params = {} }: Request): unknown[] {
    if (query.includes('FROM system.processes')) {
      const prefix = String(params['prefix'])
      return [{ rows: [...this.#running.keys()].filter((id) => id.startsWith(prefix)).length }]
    }
    const [, counted, is, list = ''] =
      /count\(\) AS rows FROM (\w+)\s+WHERE _batch (=|IN) (?:\(([\d, ]+)\))?/.exec(query) ?? []
    if (counted === undefined) return []
    const rows = (batch: string) => this.tables.get(counted)?.get(batch)?.length ?? 0
    if (is === '=') return [{ rows: rows(String(params['batch'])) }]
    const batches = list.split(', ').map((batch) => ({ batch, rows: rows(batch) }))
    return batches.filter((one) => one.rows > 0)
  }

  #write({ table, batch, rows }: Insert, count: number): void {
    const batches = this.tables.get(table) ?? new Map<string, string[]>()
    this.tables.set(table, batches)
    batches.set(batch, [...(batches.get(batch) ?? []), ...rows.slice(0, count)])
  }

  #end(isIt: (insert: Insert, id: string) => boolean): void {
    for (const [id, insert] of this.#running) {
      if (!isIt(insert, id)) continue
      insert.isEnded = true
      this.#running.delete(id)
    }
  }

  async #reach(): Promise<void> {
    const { time, random } = this.#deps
    await time.wait(0.2 + random())
    if (!this.#isUp) throw connectionError()
  }
}

async function* nothing(): AsyncGenerator<never> {}

function connectionError(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
}

function codeError(code: number): Error {
  return Object.assign(new Error(`Code: ${code}`), { code: String(code) })
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)]!
}
