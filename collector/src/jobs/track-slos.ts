import { judgedUntilMinute } from '@aftermath/analysis/baseline/choose-baseline'
import { defaultPolicy } from '@aftermath/analysis/policy/policy'
import type { ClickHouseClient } from '@clickhouse/client'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import { databaseOf, type Control } from '../control/control.ts'
import { readBaselines } from '../releases/read-baselines.ts'
import { readReleaseLines } from '../releases/read-releases.ts'
import { evaluateSlo } from '../slos/evaluate-slo.ts'
import { readSloStates, writeSloState } from '../slos/slo-state.ts'
import { readSlos } from '../slos/stored-slos.ts'
import { eachProject } from './each-project.ts'
import type { Job } from './job.ts'

// A page follows the end of its minute by half a minute for what is late, and this.
const INTERVAL_MS = 5000

type Deps = { clickhouse: ClickHouse; control: Pick<Control, 'projects'>; now: () => number }

/** Counts the minutes of objectives as they end, and notes when one begins or ceases to burn. */
export function trackSlosJob({ clickhouse, control, now }: Deps): Job {
  return {
    name: 'track_slos',
    intervalMs: INTERVAL_MS,
    async run(signal) {
      await eachProject(control, 'Some objectives could not be counted', (project) =>
        trackSlos(clickhouse.clients.of(databaseOf(project)), now(), signal),
      )
    },
  }
}

/** @returns what failed: one objective that cannot be counted holds up no other */
export async function trackSlos(
  client: ClickHouseClient,
  nowMs: number,
  signal: AbortSignal,
): Promise<unknown[]> {
  const slos = await readSlos(client, {}, signal)
  if (slos.length === 0) return []
  const untilMinute = judgedUntilMinute(nowMs, defaultPolicy)
  const states = await readSloStates(client, slos, signal)
  const due = slos.filter(({ id }) => (states.get(id)?.untilMinute ?? 0) < untilMinute)
  const places = Map.groupBy(due, ({ service, environment }) =>
    JSON.stringify([service, environment]),
  )
  const failures: unknown[] = []
  for (const own of places.values()) {
    const { service, environment } = own[0]! // a group is never empty
    const place = { service, environment }
    const [[line], baselines] = await Promise.all([
      readReleaseLines(client, place, signal),
      readBaselines(client, place, signal),
    ])
    for (const slo of own) {
      try {
        const surroundings = { line, baselines, untilMinute, nowMs }
        const before = states.get(slo.id)
        const { body, events } = await evaluateSlo(client, slo, before, surroundings, signal)
        await writeSloState(client, slo, body, events, nowMs)
      } catch (error) {
        signal.throwIfAborted()
        failures.push(error)
      }
    }
  }
  return failures
}
