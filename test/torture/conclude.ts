import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../harness/until.ts'
import { attemptsIn } from './ids.ts'
import type { Ledger } from './ledger.ts'
import { verify, type Verified } from './oracle.ts'
import { engineDirOf, openEngine, type Read } from './read-engine.ts'
import { findRollUpDifferences } from './roll-ups.ts'
import type { Victim } from './victim.ts'

type Options = {
  victim: Victim
  ledger: Ledger
  /** Those that hold what the ledger knows. Default: all of the victim's. */
  databases?: readonly string[]
  quietMsMax?: number
  /** The ClickHouse that the victim writes to, where it is not its own. */
  server?: Read
}

/**
 * Waits until everything is stored, stops the collector, and asks the oracle.
 */
export async function conclude(options: Options): Promise<Verified> {
  const { victim, ledger, server, quietMsMax = 300_000 } = options
  const { databases = victim.projects.map(({ database }) => database) } = options
  const startedMs = performance.now()
  await victim.ready(quietMsMax)
  await victim.quiet(quietMsMax)
  const drainSeconds = (performance.now() - startedMs) / 1000
  const rollUpSeconds = await untilRolledUp(victim, databases)
  const { code, ms } = await victim.life.end('SIGTERM')

  await using engine = server ? undefined : await openEngine(engineDirOf(victim.dataDir))
  const read = server ?? engine!.read // one of the two
  const explained = await readDeadLetters(victim.dataDir, ledger)
  const verified = await verify({ ledger, read, databases, explained })
  if (code !== 0) verified.failures.push(`the last stop ended with ${code}`)
  return {
    failures: verified.failures,
    figures: {
      ...verified.figures,
      drainSeconds: Math.round(drainSeconds * 10) / 10,
      rollUpSeconds: Math.round(rollUpSeconds * 10) / 10,
      stopSeconds: Math.round(ms / 100) / 10,
    },
  }
}

/** Repairs run for a while after the rows are there. Those that never end show in the oracle. */
async function untilRolledUp(victim: Victim, databases: readonly string[]): Promise<number> {
  const startedMs = performance.now()
  try {
    await until(
      'roll-ups equal a recount',
      async () => {
        for (const database of databases) {
          const differing = await findRollUpDifferences(readThrough(victim), database)
          if (Object.keys(differing).length > 0) return undefined
        }
        return true
      },
      60_000,
    )
  } catch {
    // The oracle tells it, and more exactly.
  }
  return (performance.now() - startedMs) / 1000
}

/** As people's SQL is answered, while the collector runs. */
function readThrough(victim: Victim): Read {
  return async (query, database = 'aftermath_default') => {
    const project = database.replace('aftermath_', '')
    const answer = await victim.api(`/api/v1/sql?project=${project}`, {
      method: 'POST',
      body: JSON.stringify({ query }),
    })
    if (!answer.ok) throw new Error(await answer.text())
    return ((await answer.json()) as { data: unknown[][] }).data // as the API's schema has it
  }
}

async function readDeadLetters(dataDir: string, ledger: Ledger): Promise<Set<number>> {
  const dir = join(dataDir, 'journal', 'dead')
  const names = await readdir(dir).catch(() => [])
  const found = new Set<number>()
  for (const name of names) {
    if (!name.endsWith('.otlp')) continue
    for (const no of attemptsIn(ledger, await readFile(join(dir, name)))) found.add(no)
  }
  return found
}
