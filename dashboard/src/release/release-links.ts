import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { page } from '../paths.ts'

export type ReleaseLife = Pick<
  ReleaseReport,
  'service' | 'environment' | 'version' | 'firstSeen' | 'lastSeen'
>
type Wanted = {
  operation?: string | undefined
  status?: 'failed'
  sort?: 'slowest' | 'failed'
}

/** The requests behind a number of a release: those of its own life, all of its minutes included. */
export function tracesOf(project: string, release: ReleaseLife, wanted: Wanted = {}) {
  const { service, environment, version, firstSeen, lastSeen } = release
  const search = {
    service,
    env: environment,
    version,
    from: minuteText(Date.parse(firstSeen)),
    to: minuteText(Date.parse(lastSeen) + minuteMs),
    ...wanted,
  }
  return { ...page.traces(project), search }
}

const minuteMs = 60_000
const minuteText = (timeMs: number) => `${new Date(timeMs).toISOString().slice(0, 16)}Z`
