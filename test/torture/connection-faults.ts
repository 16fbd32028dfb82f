import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../harness/random.ts'
import { until } from '../harness/until.ts'
import { conclude } from './conclude.ts'
import { openLedger } from './ledger.ts'
import { openEngine } from './read-engine.ts'
import { startSenders } from './senders.ts'
import { startServerProxy, type Passing } from './server-proxy.ts'
import { openVictim } from './victim.ts'
import type { Given, Outcome, Torture } from './torture.ts'

const FAULTS = 2000
const DELAY_MS_MAX = 90_000
/** Of inserts, those that something happens to; of what settles them, fewer. */
const INSERT_FAULT_SHARE = 0.5
const OTHER_FAULT_SHARE = 0.05
const RUN_MS_MAX = 60 * 60_000

const kinds = ['before', 'during', 'after', 'late', 'delayed', 'bad_gateway'] as const
type Kind = (typeof kinds)[number]

export const connectionFaults: Torture = {
  name: 'T6',
  what: `${FAULTS} faults between collector and ClickHouse: cut before, during and after an insert, answers up to 90 s late, inserts that end after their sender gave up`,
  passesWhen: '0 lost, 0 doubled, roll-ups equal a recount',
  run: runConnectionFaults,
}

async function runConnectionFaults({ options, say, signal }: Given): Promise<Outcome> {
  const faultsMax = options.times ?? FAULTS
  const random = seededRandom(options.seed)
  const ledger = openLedger(options.seed)
  const made = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number> // one each
  let faults = 0
  let isOver = false

  /** Mostly short; in a full run some outlast every time limit. */
  const delayMs = () => Math.min(faultsMax * 45, DELAY_MS_MAX) * random() ** 20

  async function disturb(passing: Passing): Promise<void> {
    const isInsert = /^\s*INSERT INTO \S*otel_/.test(passing.statement)
    const share = isOver ? 0 : isInsert ? INSERT_FAULT_SHARE : OTHER_FAULT_SHARE
    if (random() >= share) return passing.answer(await passing.forward())
    faults++
    const kind = kinds[Math.floor(random() * kinds.length)]! // random() < 1
    made[kind]++
    switch (kind) {
      case 'before':
        return passing.cut()
      case 'during': {
        const cut = setTimeout(delayMs()).then(() => 'cut' as const)
        await passing.forward({ heldBack: cut }).catch(() => {}) // it was cut
        return passing.cut()
      }
      case 'after':
        await passing.forward()
        return passing.cut()
      case 'late': {
        // Its sender is gone and settles; the insert gets its last bytes only then.
        const rest = setTimeout(50 + delayMs()).then(() => 'send' as const)
        const sent = passing.forward({ heldBack: rest })
        passing.req.on('end', () => passing.cut())
        await sent.catch(() => {}) // killed, as it should be
        return
      }
      case 'delayed': {
        const upstream = await passing.forward()
        await setTimeout(delayMs())
        return passing.answer(upstream)
      }
      case 'bad_gateway':
        await passing.forward()
        passing.res.writeHead(502).end('bad gateway')
    }
  }

  const engineDir = await mkdtemp(join(tmpdir(), 'aftermath-torture-server-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(engineDir, { recursive: true, force: true }))
  const engine = cleanup.use(await openEngine(engineDir))
  isOver = true // the start is not what this is about
  const proxy = cleanup.use(await startServerProxy(engine.connection, disturb))
  const victim = cleanup.use(
    await openVictim({
      projects: ['shop', 'blog'],
      environment: { AFTERMATH_CLICKHOUSE_URL: proxy.url },
    }),
  )
  isOver = false
  const senders = cleanup.use(
    startSenders({
      ledger,
      random: seededRandom(options.seed + 1),
      victim,
      itemsPerSecondMax: 2000,
    }),
  )
  let saidAt = 0
  await until(
    'there were enough faults',
    () => {
      signal.throwIfAborted()
      if (faults >= saidAt + faultsMax / 10) say(`${(saidAt = faults)} faults`)
      return faults >= faultsMax ? true : undefined
    },
    RUN_MS_MAX,
  )
  isOver = true
  say('over: waiting until everything is stored')
  await senders.stop()
  const { figures, failures } = await conclude({
    victim,
    ledger,
    server: engine.read,
    quietMsMax: 15 * 60_000,
  })
  return { figures: { faults, ...made, ...figures }, failures }
}
