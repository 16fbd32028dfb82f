import { incidentsOf } from '@aftermath/analysis/shifts/shifts'
import { incidentSentence } from '@aftermath/analysis/shifts/incident-words'
import type { Incident, Suspect } from '@aftermath/schemas/api/incidents'
import type { StoredShift } from './stored-shifts.ts'

/** Shifts as incidents, newest first: what shifted at the same time in an environment is one. */
export function composeIncidents(shifts: readonly StoredShift[]): Incident[] {
  const byEnvironment = Map.groupBy(shifts, ({ environment }) => environment)
  return [...byEnvironment.values()]
    .flatMap((own) =>
      incidentsOf(
        withoutCoarse(own).map((shift) => ({ ...shift, stepMs: shift.stepMinutes * 60_000 })),
      ),
    )
    .map(incidentOf)
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))
}

/** What was found by five minutes is not told again by hours. */
function withoutCoarse(shifts: readonly StoredShift[]): StoredShift[] {
  return shifts.filter(
    (shift) =>
      !shifts.some(
        (finer) =>
          finer.stepMinutes < shift.stepMinutes &&
          finer.service === shift.service &&
          finer.signal === shift.signal &&
          finer.operation === shift.operation &&
          Math.abs(finer.atMs - shift.atMs) <= shift.stepMinutes * 60_000,
      ),
  )
}

function incidentOf(shifts: readonly StoredShift[]): Incident {
  const { atMs, environment } = shifts[0]! // an incident is never empty
  const suspects = strongest(shifts.flatMap((shift) => shift.suspects))
  const told = shifts.map((shift) => ({
    service: shift.service,
    signal: shift.signal,
    operation: shift.operation === '' ? null : shift.operation,
    stepMinutes: shift.stepMinutes,
    at: new Date(shift.atMs).toISOString(),
    from: new Date(shift.fromMs).toISOString(),
    to: new Date(shift.untilMs).toISOString(),
    before: Math.exp(shift.before),
    after: Math.exp(shift.after),
    pValue: shift.pValue,
    label: shift.label,
  }))
  return {
    at: new Date(atMs).toISOString(),
    environment,
    services: [...new Set(shifts.map(({ service }) => service))].toSorted(),
    sentence: incidentSentence(told, suspects),
    shifts: told,
    suspects,
  }
}

/** Each change once, by its highest score. */
function strongest(suspects: readonly Suspect[]): Suspect[] {
  const byChange = new Map<string, Suspect>()
  for (const suspect of suspects.toSorted((a, b) => b.score - a.score)) {
    const key = JSON.stringify([suspect.kind, suspect.service, suspect.name, suspect.changedAt])
    if (!byChange.has(key)) byChange.set(key, suspect)
  }
  return [...byChange.values()]
}
