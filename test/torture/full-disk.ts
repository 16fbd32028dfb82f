import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../harness/random.ts'
import { until } from '../harness/until.ts'
import { conclude } from './conclude.ts'
import { openLedger } from './ledger.ts'
import type { Posted } from './post-otlp.ts'
import { startSenders } from './senders.ts'
import { openSmallDisk } from './small-disk.ts'
import { openVictim } from './victim.ts'
import type { Given, Outcome, Torture } from './torture.ts'

const FILLS = 50
const REFUSED_MS_MAX = 1000
const BACK_MS_MAX = 5000

export const fullDisk: Torture = {
  name: 'T7',
  what: `the journal's disk full and free again, ${FILLS} times`,
  passesWhen: `503 within ${REFUSED_MS_MAX} ms and nothing else, taken again within ${BACK_MS_MAX} ms, 0 lost, 0 doubled`,
  run: runFullDisk,
}

async function runFullDisk({ options, say, signal }: Given): Promise<Outcome> {
  const random = seededRandom(options.seed)
  const ledger = openLedger(options.seed)
  const dataDir = await mkdtemp(join(tmpdir(), 'aftermath-torture-disk-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }))
  const disk = await openSmallDisk(dataDir)
  if (disk === undefined) throw new Error('No namespace with a disk of its own can be made here.')
  const victim = cleanup.use(
    await openVictim({ dataDir, command: disk.command, projects: ['shop'] }),
  )

  const times = { refused: 0, taken: 0 }
  const onPosted = (posted: Posted) => {
    if (posted.outcome !== 'answered') return
    if (posted.status === 200) times.taken = performance.now()
    if (posted.status === 503) times.refused = performance.now()
  }
  const random2 = seededRandom(options.seed + 1)
  const senders = cleanup.use(startSenders({ ledger, random: random2, victim, onPosted }))

  const refusedMs: number[] = []
  const backMs: number[] = []
  const failures: string[] = []
  for (let nth = 0; nth < (options.times ?? FILLS); nth++) {
    await setTimeout(500 + random() * 2000, undefined, { signal })
    const how = nth % 2 === 0 ? 'low' : 'none'
    await disk.fill(victim.life.pid, how)
    const filledMs = performance.now()
    await until('requests are refused', () => (times.refused > filledMs ? true : undefined), 20_000)
    await setTimeout(1500 + random() * 2000, undefined, { signal })
    // Everything taken after the disk was full, and before it was free again, had room still.
    refusedMs.push(Math.max(0, times.taken - filledMs))
    if (!(await victim.api('/api/v1/session')).ok) failures.push('the API did not answer')

    await disk.free(victim.life.pid)
    const freedMs = performance.now()
    await until('requests are taken', () => (times.taken > freedMs ? true : undefined), 60_000)
    backMs.push(times.taken - freedMs)
    if (nth % 10 === 9) say(`${nth + 1} times full`)
  }
  await senders.stop()
  const slowest = { refused: Math.max(...refusedMs), back: Math.max(...backMs) }
  if (slowest.refused > REFUSED_MS_MAX) {
    failures.push(`took requests for ${Math.round(slowest.refused)} ms on a full disk`)
  }
  if (slowest.back > BACK_MS_MAX) failures.push(`back after ${Math.round(slowest.back)} ms only`)
  const verified = await conclude({ victim, ledger })
  return {
    figures: {
      fills: refusedMs.length,
      lastTakenMsMax: Math.round(slowest.refused),
      backMsMax: Math.round(slowest.back),
      ...verified.figures,
    },
    failures: [...failures, ...verified.failures],
  }
}
