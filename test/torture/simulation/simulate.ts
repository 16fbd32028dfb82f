import { createHash } from 'node:crypto'
import { SimulatedDisk } from '../../../collector/src/journal/fixtures/simulated-disk.ts'
import {
  openJournal,
  type AppendOutcome,
  type CheckedRequest,
  type Journal,
} from '../../../collector/src/journal/journal.ts'
import { silentLog } from '../../../collector/src/journal/testing.ts'
import type { Metrics } from '../../../collector/src/observe/metrics.ts'
import { startStore } from '../../../collector/src/store/store.ts'
import { seededRandom } from '../../harness/random.ts'
import { planOf, type Plan } from './plan.ts'
import { SimulatedEngine } from './simulated-engine.ts'
import { countSimulatedRows, idsOf, simulatedRequest } from './simulated-request.ts'
import { useVirtualTime, VirtualTime } from './virtual-time.ts'

export interface Simulated {
  /** What did not hold, in sentences. */
  failures: string[]
  figures: {
    events: number
    requests: number
    acknowledged: number
    folded: number
    refused: number
    unanswered: number
    crashes: number
    /** Ends of the process by an error of its own. */
    bugs: number
  }
  /** Of everything that happened, in order: equal for equal seeds. */
  digest: string
}

/** All that was sent with one body. */
interface Sent {
  id: string
  request: CheckedRequest
  isPoison: boolean
  durable: number
  folded: number
  refused: number
  /** Attempts of which nobody knows. */
  unanswered: number
}

const START_MS = 20_000 * 86_400_000 + 43_200_000
const DIR = '/data/journal'
const CALM_MS_MAX = 900_000
const EVENTS_MAX = 300_000

/**
 * The real journal and the real store in a simulated world: disk, clock, network and engine follow
 * from the seed, and break as it says. Afterwards the ledger is held against what is stored.
 */
export async function simulate(seed: number, metrics: Metrics): Promise<Simulated> {
  const random = seededRandom(seed)
  const plan = planOf(seededRandom(seed ^ 0x5eed))
  const time = new VirtualTime(START_MS)
  const world = new World(plan, time, random, metrics)
  const listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', (error) => world.dieOfBug(error))
  const virtual = useVirtualTime(time, random)
  try {
    await world.run()
  } finally {
    virtual[Symbol.dispose]()
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
  }
  return world.outcome()
}

/** One process after the other on one disk, what they are sent, and what goes wrong. */
class World {
  readonly #plan: Plan
  readonly #time: VirtualTime
  readonly #random: () => number
  readonly #metrics: Metrics
  readonly #disk = new SimulatedDisk()
  readonly #engine: SimulatedEngine
  readonly #ledger = new Map<string, Sent>()
  readonly #failures: string[] = []
  readonly #digest = createHash('sha256')
  #journal: Journal | undefined
  #life = 0
  #crashes = 0
  #bugs = 0
  #isCalm = false
  #isRecovered = false
  /** A crash came before an ABORT could be written: its sequences may be reported missing. */
  #mayMiss = false

  constructor(plan: Plan, time: VirtualTime, random: () => number, metrics: Metrics) {
    this.#plan = plan
    this.#time = time
    this.#random = random
    this.#metrics = metrics
    const trouble = () => this.#troubleNow('engine')
    this.#engine = new SimulatedEngine({ time, random, trouble })
  }

  async run(): Promise<void> {
    const { requests, crashes, engineCrashes, calmAtMs } = this.#plan
    for (const planned of requests) this.#time.at(planned.atMs, () => this.#send(planned))
    for (const { atMs, downMs } of engineCrashes) {
      this.#time.at(atMs, () => this.#engine.crash(downMs))
    }
    this.#time.at(calmAtMs, () => (this.#isCalm = true))
    void this.#start()

    let nextCrash = 0
    while (await this.#time.step()) {
      const crash = crashes[nextCrash]
      if (crash !== undefined && this.#time.events >= crash.atEvent) {
        nextCrash++
        this.#crash(crash.kind, crash.downMs)
      }
      if (this.#isOver(nextCrash)) break
      const isLate = this.#time.nowMs > START_MS + calmAtMs + CALM_MS_MAX
      if (isLate || this.#time.events > EVENTS_MAX) {
        this.#failures.push(`it does not come to rest: ${JSON.stringify(this.#journal?.stats())}`)
        break
      }
    }
    this.#audit()
    this.#life++ // whatever is still under way belongs to nobody
  }

  dieOfBug(error: unknown): void {
    this.#bugs++
    this.#note(`bug ${String(error)}`)
    this.#crash('kill', 1000)
  }

  outcome(): Simulated {
    const sent = [...this.#ledger.values()]
    const sum = (count: (one: Sent) => number) => sent.reduce((total, one) => total + count(one), 0)
    return {
      failures: this.#failures,
      figures: {
        events: this.#time.events,
        requests: sent.length,
        acknowledged: sum(({ durable }) => durable),
        folded: sum(({ folded }) => folded),
        refused: sum(({ refused }) => refused),
        unanswered: sum(({ unanswered }) => unanswered),
        crashes: this.#crashes,
        bugs: this.#bugs,
      },
      digest: this.#digest.digest('hex'),
    }
  }

  async #start(): Promise<void> {
    const life = ++this.#life
    const log = silentLog()
    const { limits } = this.#plan
    try {
      const journal = await openJournal({
        dir: DIR,
        log,
        now: () => Math.floor(this.#time.nowMs),
        countRows: countSimulatedRows,
        limits,
        disk: this.#disk.mount({
          turn: (operation) => this.#diskTurn(operation),
          fails: (operation) => this.#diskFailure(operation),
          space: () => ({ freeBytes: this.#freeBytes(), totalBytes: 2 ** 40 }),
        }),
      })
      this.#journal = journal
      this.#note(`open ${life}`)
      const client = this.#engine.connect()
      const clients = { of: () => client, control: client }
      startStore({
        journal,
        clients,
        ready: () => Promise.resolve(),
        databaseOf: (project) => `aftermath_${project}`,
        databases: () => [],
        now: () => Math.floor(this.#time.nowMs),
        metrics: this.#metrics,
        log,
      })
      await journal.recovered
      const { damagedRecords } = journal.stats()
      if (damagedRecords > 0 && !this.#mayMiss) {
        this.#failures.push(`life ${life} reports ${damagedRecords} damaged`)
      }
      this.#isRecovered = true
    } catch (error) {
      this.#note(`no start: ${String(error)}`)
      if (this.#isCalm) this.#failures.push(`life ${life} does not start: ${stackOf(error)}`)
      else this.#crash('kill', 1000)
    }
  }

  #crash(kind: 'kill' | 'power cut', downMs: number): void {
    this.#crashes++
    this.#note(kind)
    if (this.#journal !== undefined && this.#journal.stats().state !== 'open') this.#mayMiss = true
    this.#journal = undefined
    this.#isRecovered = false
    this.#life++
    this.#time.dropProcess()
    this.#engine.loseClients()
    this.#disk.crash(kind, this.#random)
    if (kind === 'power cut') this.#engine.crash(downMs)
    const life = this.#life
    this.#time.at(downMs, () => {
      if (life === this.#life) void this.#start()
    })
  }

  #send(planned: Plan['requests'][number]): void {
    const { id, resendMs, hangUpMs } = planned
    const sent = this.#ledger.get(id) ?? this.#register(planned)
    const journal = this.#journal
    if (journal === undefined) return // nobody listens
    const life = this.#life
    const request = { ...sent.request, receivedMs: Math.floor(this.#time.nowMs) }
    sent.unanswered++
    let isAnswered = false
    const appended = journal.append(request)
    void this.#follow(sent, journal, appended).then(() => (isAnswered = true))
    if (hangUpMs !== undefined) {
      this.#time.at(hangUpMs, () => {
        if (life === this.#life && !isAnswered) journal.undelivered(request, appended)
      })
    }
    if (resendMs !== undefined) {
      const again = { ...planned, resendMs: undefined, hangUpMs: undefined }
      this.#time.at(resendMs, () => {
        if (!isAnswered || hangUpMs !== undefined) this.#send(again)
      })
    }
  }

  async #follow(sent: Sent, journal: Journal, appended: Promise<AppendOutcome>): Promise<void> {
    const life = this.#life
    try {
      const outcome = await appended
      if (life === this.#life) this.#answered(sent, outcome)
    } catch {
      if (life !== this.#life) return
      this.#note(`broken ${sent.id}`)
      // Until the ABORT is written a power cut may bring it back: nobody knows yet.
      if (journal.stats().state !== 'open') this.#settleLater(sent, journal, life)
      else this.#refuse(sent)
    }
  }

  #register({ id, request }: Plan['requests'][number]): Sent {
    const made = simulatedRequest(id, { ...request, receivedMs: START_MS })
    const { isPoison } = request
    const sent = { id, request: made, isPoison, durable: 0, folded: 0, refused: 0, unanswered: 0 }
    this.#ledger.set(id, sent)
    return sent
  }

  #answered(sent: Sent, { outcome }: AppendOutcome): void {
    this.#note(`${outcome} ${sent.id}`)
    if (outcome === 'full') return this.#refuse(sent)
    sent.unanswered--
    if (outcome === 'durable') sent.durable++
    else sent.folded++
  }

  #refuse(sent: Sent): void {
    sent.unanswered--
    sent.refused++
  }

  /** Refused once the journal was well for half a second: the ABORT is its first record then. */
  #settleLater(sent: Sent, journal: Journal, life: number, wasOpen = false): void {
    this.#time.at(500, () => {
      if (life !== this.#life) return
      const isOpen = journal.stats().state === 'open'
      if (isOpen && wasOpen) this.#refuse(sent)
      else this.#settleLater(sent, journal, life, isOpen)
    })
  }

  #isOver(nextCrash: number): boolean {
    if (!this.#isCalm || !this.#isRecovered || this.#journal === undefined || !this.#engine.isIdle)
      return false
    if (this.#plan.crashes[nextCrash] !== undefined && this.#time.events < 2000) return false
    const { openBatches, sealedBatches, queueBytes, state } = this.#journal.stats()
    return openBatches + sealedBatches + queueBytes === 0 && state === 'open'
  }

  /** Acknowledged once, unanswered once or not, refused not; and nothing else. */
  #audit(): void {
    const stored = new Map<string, Map<string, number>>()
    for (const [table, batches] of this.#engine.tables) {
      for (const row of [...batches.values()].flat()) {
        const id = row.slice(0, row.lastIndexOf('/'))
        const rows = stored.get(id) ?? new Map<string, number>()
        stored.set(id, rows)
        rows.set(`${table}:${row}`, (rows.get(`${table}:${row}`) ?? 0) + 1)
      }
    }
    const dead = this.#readDead()
    for (const [id, sent] of this.#ledger) {
      const times = timesStored(sent, stored.get(id))
      stored.delete(id)
      const poison = sent.isPoison
      const buried = dead.get(id) ?? 0
      if (!poison && buried > 0) this.#failures.push(`${id} is dead though it could be stored`)
      if (poison && times !== 0) this.#failures.push(`${id} is stored though it cannot be read`)
      const there = poison ? buried : times
      const { durable, folded, unanswered } = sent
      const least = Math.max(durable, folded > 0 ? 1 : 0)
      if (there === undefined) this.#failures.push(`${id} is stored in part`)
      else if (there < least || there > durable + unanswered) {
        this.#failures.push(
          `${id} is there ${there} times: ${JSON.stringify({ ...sent, request: 0 })}`,
        )
      }
    }
    for (const id of stored.keys()) this.#failures.push(`${id} is stored and was never sent`)
    if (this.#disk.syncsAfterFailure > 0)
      this.#failures.push('a file was synced after a failed sync')
  }

  #readDead(): Map<string, number> {
    const dead = new Map<string, number>()
    for (const [path, bytes] of this.#disk.files) {
      if (!path.endsWith('.otlp')) continue
      for (const id of idsOf(bytes.toString('latin1'))) dead.set(id, (dead.get(id) ?? 0) + 1)
    }
    return dead
  }

  async #diskTurn(operation: string): Promise<void> {
    const slow = this.#random() < 0.02 ? 50 : 1
    await this.#time.wait(slow * (operation === 'datasync' ? 0.2 + this.#random() * 3 : 0.05))
  }

  #diskFailure(operation: string): string | undefined {
    if (this.#random() >= this.#troubleNow('disk')) return undefined
    const fate = this.#random()
    if (operation === 'write' && fate < 0.3) return 'short'
    if (['space', 'list', 'read'].includes(operation)) return undefined // a disk that cannot be read is T8's
    return fate < 0.6 ? 'ENOSPC' : 'EIO'
  }

  #freeBytes(): number {
    return this.#random() < this.#troubleNow('disk') ? 0 : 2 ** 39
  }

  #troubleNow(what: 'disk' | 'engine'): number {
    if (this.#isCalm) return 0
    const nowMs = this.#time.nowMs - START_MS
    const at = this.#plan.troubles.find(
      ({ kind, fromMs, untilMs }) => kind === what && fromMs <= nowMs && nowMs < untilMs,
    )
    return at?.chance ?? 0
  }

  #note(what: string): void {
    ;(globalThis as any).SIMLOG?.(
      `${(this.#time.nowMs - START_MS).toFixed(1)} #${this.#time.events} ${what}`,
    )
    this.#digest.update(`${this.#time.nowMs} ${this.#time.events} ${what}\n`)
  }
}

/** How often a request is stored; undefined where some of its rows are there more often than others. */
function timesStored(
  { request }: Sent,
  rows: ReadonlyMap<string, number> | undefined,
): number | undefined {
  if (rows === undefined) return 0
  if (rows.size !== request.items) return undefined
  const counts = new Set(rows.values())
  return counts.size === 1 ? [...counts][0] : undefined
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
