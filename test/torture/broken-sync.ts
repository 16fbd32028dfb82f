import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../harness/random.ts'
import { conclude } from './conclude.ts'
import { openLedger } from './ledger.ts'
import type { Posted } from './post-otlp.ts'
import { startSenders } from './senders.ts'
import { openVictim } from './victim.ts'
import type { Given, Outcome, Torture } from './torture.ts'

const ROUNDS = 60
/** From the start until the fault has met a request, on a machine that has other things to do. */
const REFUSED_MS_MAX = 60_000
const FAULTS = [
  'journal.sync:errno=EIO:NTH',
  'journal.write:errno=EIO:NTH',
  'journal.write:errno=ENOSPC:NTH',
  'journal.write:short:NTH',
  // From then on, as a disk does that is broken for good.
  'journal.sync:errno=EIO:NTH+',
  'journal.write:errno=EIO:NTH+',
  // The one that was to save the day fails, too.
  'journal.sync:errno=EIO:NTH,journal.write:errno=EIO:NTH',
] as const

export const brokenSync: Torture = {
  name: 'T10',
  what: `fdatasync and writes of the journal that fail, ${ROUNDS} times, a kill -9 soon after`,
  passesWhen: '503 each time and never another code, nothing refused comes back, 0 lost, 0 doubled',
  run: runBrokenSync,
}

async function runBrokenSync({ options, say, signal }: Given): Promise<Outcome> {
  const random = seededRandom(options.seed)
  const ledger = openLedger(options.seed)
  await using victim = await openVictim({ projects: ['shop'] })
  let refused = 0
  const onPosted = (posted: Posted) => {
    if (posted.outcome === 'answered' && posted.status === 503) refused++
  }
  const random2 = seededRandom(options.seed + 1)
  await using senders = startSenders({ ledger, random: random2, victim, onPosted })

  const rounds = options.times ?? ROUNDS
  let roundsRefused = 0
  for (let nth = 0; nth < rounds; nth++) {
    const faults = FAULTS[nth % FAULTS.length]! // within its length
    await victim.life.end('SIGKILL')
    const before = refused
    victim.start({
      NODE_ENV: 'test',
      AFTERMATH_FAULTS: faults.replaceAll('NTH', String(2 + Math.floor(random() * 20))),
    })
    // Killed while the refusal is fresh: recovery must not take it for acknowledged.
    const endsMs = performance.now() + REFUSED_MS_MAX
    while (refused === before && performance.now() < endsMs) {
      await setTimeout(20, undefined, { signal })
    }
    await setTimeout(random() * 500, undefined, { signal })
    if (refused > before) roundsRefused++
    if (nth % 10 === 9) say(`${nth + 1} rounds, ${refused} requests refused`)
  }
  await victim.life.end('SIGKILL')
  victim.start()
  await victim.ready()
  await senders.stop()
  const verified = await conclude({ victim, ledger })
  const failures = [...verified.failures]
  if (roundsRefused < rounds) {
    failures.push(`only ${roundsRefused} of ${rounds} failures of the disk were told to a sender`)
  }
  return {
    figures: { rounds, roundsRefused, requestsRefused: refused, ...verified.figures },
    failures,
  }
}
