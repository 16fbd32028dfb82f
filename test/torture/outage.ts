import { setTimeout } from 'node:timers/promises'
import { readMemoryMb } from '../bench/process-usage.ts'
import { seededRandom } from '../harness/random.ts'
import { conclude } from './conclude.ts'
import { openLedger } from './ledger.ts'
import { startSenders } from './senders.ts'
import { openVictim } from './victim.ts'
import type { Given, Outcome, Torture } from './torture.ts'

const MINUTES = 10
const ITEMS_PER_SECOND = 10_000
const RSS_MB_MAX = (350 * 2 ** 20) / 1e6
const DRAIN_MIN = 3
const LOOK_MS = 200

export const outage: Torture = {
  name: 'T5',
  what: `the engine stopped (SIGSTOP) for ${MINUTES} minutes at ${ITEMS_PER_SECOND} items a second`,
  passesWhen:
    'collector RSS at most 350 MiB, drained at 3 times the arrival, ack p99 as before, 0 lost, 0 doubled',
  async run({ options, say, signal }: Given): Promise<Outcome> {
    const minutes = options.minutes ?? MINUTES
    const ledger = openLedger(options.seed)
    await using victim = await openVictim({ projects: ['shop'] })
    await using senders = startSenders({
      ledger,
      random: seededRandom(options.seed),
      victim,
      itemsPerSecondMax: ITEMS_PER_SECOND,
    })
    await setTimeout(Math.min(10_000, minutes * 30_000), undefined, { signal })
    const before = senders.takeAckMs()
    const atStart = ledger.totals().acknowledged

    const startedMs = performance.now()
    let rssMb = 0
    let lastSaidMs = startedMs
    const held = new Set<number>()
    while (performance.now() - startedMs < minutes * 60_000) {
      // The supervisor ends an engine that hangs and starts another: that one is held, too.
      const pid = victim.enginePid()
      if (pid !== undefined && !held.has(pid)) {
        process.kill(pid, 'SIGSTOP')
        held.add(pid)
      }
      rssMb = Math.max(rssMb, readMemoryMb(victim.life.pid).now)
      if (performance.now() - lastSaidMs > 60_000) {
        lastSaidMs = performance.now()
        say(`${ledger.totals().acknowledged - atStart} acknowledged, ${Math.round(rssMb)} MB`)
      }
      await setTimeout(LOOK_MS, undefined, { signal })
    }
    const outageSeconds = (performance.now() - startedMs) / 1000
    const during = senders.takeAckMs()
    const arrived = ledger.totals().acknowledged - atStart
    await senders.stop()

    const resumedMs = performance.now()
    release(held)
    await victim.quiet(30 * 60_000)
    const drainSeconds = (performance.now() - resumedMs) / 1000
    rssMb = Math.max(rssMb, readMemoryMb(victim.life.pid).now)
    const drainRatio = outageSeconds / drainSeconds
    const verified = await conclude({ victim, ledger })
    const failures = [...verified.failures]
    // What it costs is judged at full length alone: a few seconds tell of the start and of the machine.
    if (minutes >= MINUTES && rssMb > RSS_MB_MAX) {
      failures.push(`the collector grew to ${Math.round(rssMb)} MB`)
    }
    if (minutes >= MINUTES && drainRatio < DRAIN_MIN) {
      failures.push(`drained at ${drainRatio.toFixed(1)} times the arrival`)
    }
    return {
      figures: {
        outageSeconds: Math.round(outageSeconds),
        enginesHeld: held.size,
        arrivedPerSecond: Math.round(arrived / outageSeconds),
        rssMb: Math.round(rssMb),
        drainSeconds: Math.round(drainSeconds),
        drainRatio: Math.round(drainRatio * 10) / 10,
        ackP99MsBefore: Math.round(before.p99 * 10) / 10,
        ackP50MsDuring: Math.round(during.p50 * 10) / 10,
        ackP99MsDuring: Math.round(during.p99 * 10) / 10,
        ...pick(verified.figures, ['acknowledged', 'stored', 'lost', 'doubled', 'partial']),
        ...pick(verified.figures, ['revived', 'foreign', 'rollUpDifferences']),
      },
      failures,
    }
  },
}

function release(held: ReadonlySet<number>): void {
  for (const pid of held) {
    try {
      process.kill(pid, 'SIGCONT')
    } catch {
      // Its supervisor has ended it.
    }
  }
}

function pick(figures: Record<string, number>, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, figures[name] ?? 0]))
}
